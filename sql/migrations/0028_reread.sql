-- What a language model, which is told nothing else, reads in the texts of a clip.
alter table source add column second text;
comment on column source.second is
    'the language model that reads its texts back; null where none does, and what one was asked is not open then';

update step set n = 9 where name = 'judge';
update step set n = 8 where name = 'verify';
insert into step (name, n, item, owed_after) values ('reread', 7, 'clip', null);

create table second_reading (
    step_run_id bigint not null references step_run on delete cascade,
    text_run_id bigint not null references step_run on delete cascade,
    text_n      integer not null,
    n           integer not null,
    clip_id     text not null references clip on delete cascade,
    unclear     boolean not null,
    kind        text check (kind in (
        'moves', 'stationary', 'enters', 'leaves', 'stops', 'starts', 'turns', 'veers', 'uturns', 'circles',
        'shifts', 'reverses', 'accelerates', 'slows', 'oscillates', 'frequency', 'amplitude', 'trembles', 'grows',
        'shrinks', 'speed', 'rank', 'fastest', 'located', 'approaches', 'recedes', 'passes', 'overlaps', 'lies',
        'becomes', 'reaches', 'touches', 'grasps', 'releases', 'lifts', 'carries', 'places', 'tilts', 'waves', 'taps',
        'opens', 'gives', 'bends', 'straightens', 'raises', 'lowers', 'sits', 'stands', 'jumps', 'kicks', 'turns_round',
        'throws', 'before', 'counts')),
    subject     text,
    object      text,
    value       text,
    amount      double precision,
    negated     boolean,
    primary key (step_run_id, text_run_id, text_n, n)
);
create index on second_reading (text_run_id);
create index on second_reading (clip_id);
comment on table second_reading is
    'What a language model reads in a sentence or question, which is told the texts of the clip and nothing else: a row '
    'a claim, and one for a text in which it reads none.';
comment on column second_reading.step_run_id is 'of reread';
comment on column second_reading.text_run_id is 'of the caption or ask that wrote the text';
comment on column second_reading.text_n is 'caption.n or qa.n';
comment on column second_reading.n is 'place among the claims of the text, from 0';
comment on column second_reading.unclear is 'whether some of the text says what no claim can say, or cannot be translated';
comment on column second_reading.kind is 'as in motion_fact; null where nothing is read';
comment on column second_reading.subject is 'what it is said of, in words; null where it is said of nothing';
comment on column second_reading.object is 'the other thing, in words';
comment on column second_reading.amount is 'in the unit of its kind, or how often';
