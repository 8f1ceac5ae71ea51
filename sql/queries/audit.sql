-- The audit: the statements that are drawn of a batch, and what is said of them.

-- name: drawn_statements
-- How many statements are drawn of a batch, and how many of them nobody judged yet.
select count(*) as drawn, count(*) filter (where verdict is null) as open from audit_sample where batch_id = :batch

-- name: statements_of_auditor
-- The statements that are drawn of a batch, with the clip of each: first those that a person has judged, in that order,
-- then those that no person has, then those that others have.
select a.clip_id, a.text, c.uri, c.times_us, mine.id is not null as judged
from audit_sample a
join clip c on c.id = a.clip_id
left join lateral (
    select max(j.id) as id from judgement j
    where j.clip_id = a.clip_id and j.text = a.text and j.person = :person) mine on true
where a.batch_id = :batch
order by mine.id nulls last, exists (
    select 1 from judgement j where j.clip_id = a.clip_id and j.text = a.text and j.person is not null), a.place

-- name: insert_judgement
-- What a person or a model says of a statement.
insert into judgement (clip_id, text, verdict, person, model, note)
values (:clip, :text, :verdict, :person, :model, :note)
