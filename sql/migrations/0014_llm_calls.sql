-- Calls of language models, each once however often its answer is used, with what it cost when it was saved. They stay
-- when what was written from them goes: the money is spent.
create table llm_call (
    digest      text primary key,       -- of all that was asked; the raw answer lies under it
    step_run_id bigint references step_run on delete set null,   -- for which it was bought
    batch_id    text not null references batch,
    step        text not null,
    item_id     text not null,
    model       text not null,
    snapshot    text not null,          -- the model that answered, by its own account
    prompt      text not null,          -- digest
    at          timestamptz not null,
    seconds     real not null,
    tries       integer not null,       -- requests until one was answered
    tokens_in   integer not null,
    tokens_out  integer not null,
    outcome     text not null check (outcome in ('answered', 'invalid', 'cut_short', 'refused')),
    usd         numeric not null
);
create index on llm_call (batch_id);
create index on llm_call (step_run_id);
create index on llm_call (at);

-- What is set aside for an item that is planned, on the day (UTC) of the plan. It counts while the item is open, and
-- stays, so that estimates can be compared with what items cost.
create table llm_reserve (
    step_run_id bigint primary key references step_run on delete cascade,
    day         date not null,
    model       text not null,
    estimate    numeric not null,       -- USD, by the prices and the number of pictures
    usd         numeric not null        -- the estimate, corrected by what earlier ones turned out to be
);
create index on llm_reserve (day);
