create view accepted_qa as
select q.* from sound_qa q
where not exists (select 1 from near_question o where o.step_run_id = q.step_run_id and o.n = q.n);

comment on view accepted_qa is 'Questions that may be published: those of sound_qa that were not asked before.';
