-- A text whose words are not understood is dropped, and contradicts nothing.
alter table claim drop constraint claim_verdict_check;
alter table claim add constraint claim_verdict_check
    check (verdict in ('supported', 'contradicted', 'not_checkable', 'not_understood'));
comment on column claim.kind is
    'as in motion_fact; null where a text says nothing of motion, or something that is not understood';
comment on column claim.verdict is
    'supported: frames prove it; contradicted: the text is not published; not_checkable: the text is published only '
    'where kind is null or counts; not_understood: where kind is null, the text is not published, else it stands without '
    'the claim, which it does not seem to say';
