create view gate_run as
select id, step, item_id, key, state from step_run where current;

comment on view gate_run is 'The present request of each item, and how it stands.';
