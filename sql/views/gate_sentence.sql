create view gate_sentence as
select
    c.batch_id,
    c.clip_id,
    s.text,
    format('clip %s, %s sentence %s: %s', c.clip_id, s.dimension, s.n, s.text) as named,
    exists (select 1 from claim k
            where k.step_run_id = s.verify_run_id and k.text_run_id = s.step_run_id and k.text_n = s.n) as judged
from gate_clip c
join accepted_caption s on s.clip_id = c.clip_id;

comment on view gate_sentence is 'Sentences that would be published.';
comment on column gate_sentence.judged is 'whether the current verify has a verdict on the text';
comment on column gate_sentence.named is 'what the row is, for a person';
