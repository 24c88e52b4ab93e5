-- The kernel: acts, the duty list, the record, what waits to be told.
-- One text for both engines: bigint, text and bytes; one column a line.

create table act (
    id text not null primary key,
    name text not null,
    actor_id text not null,
    post_id text,
    duty_id text,
    subject_kind text not null,
    subject_id text not null,
    at bigint not null,
    recorded_at bigint not null,
    digest bytes not null,
    outcome text not null,
    seal bytes
);
create index act_beside_cases on act (at, id) where subject_kind <> 'case';

create table leaf (
    seq sequence,
    act_id text not null unique,
    body bytes not null,
    idx bigint unique,
    stamp bytes
);
create index leaf_unsequenced on leaf (seq) where idx is null;

create table tile (
    level bigint not null,
    idx bigint not null,
    hashes bytes not null,
    primary key (level, idx)
);

create table checkpoint (
    size bigint not null primary key,
    root bytes not null,
    note text not null,
    at bigint not null
);

create table lease (
    name text not null primary key,
    holder text not null,
    until bigint not null,
    fence bigint not null
);

create table outbox (
    id text not null primary key,
    act_id text not null,
    kind text not null,
    payload text not null,
    due_at bigint not null
);
create index outbox_waiting on outbox (due_at, id);

create table party (
    subject_id text not null,
    party_id text not null,
    role text not null,
    seal bytes,
    primary key (subject_id, party_id)
);
create index party_of on party (party_id, subject_id);

create table setting (
    id text not null primary key,
    value text not null,
    version bigint not null,
    seal bytes
);

create table post_kind (
    id text not null primary key,
    title_zh text not null,
    title_en text not null,
    level text not null,
    kind_group text not null,
    position bigint not null,
    until bigint,
    seal bytes
);

create table duty (
    id text not null primary key,
    post_kind text not null references post_kind (id),
    act text not null,
    scope text not null,
    ground text not null,
    position bigint not null,
    since bigint not null,
    until bigint,
    ended_why text,
    seal bytes
);
create unique index duty_in_force on duty (post_kind, act, scope) where until is null;

create table wall (
    id text not null primary key,
    act text not null,
    condition text not null,
    unless_scope text,
    ground text not null,
    since bigint not null,
    until bigint,
    seal bytes
);

create table duty_proposal (
    id text not null primary key,
    change text not null,
    office text,
    seen bigint not null,
    reason text not null,
    by_person text not null,
    by_kind text not null,
    by_label text not null,
    at bigint not null,
    state text not null,
    decided_by text,
    decided_label text,
    decided_at bigint,
    why text,
    seal bytes
);
create index duty_proposal_by_time on duty_proposal (at, id);
create index duty_proposal_open on duty_proposal (id) where state = 'open';

create table session (
    id text not null primary key,
    person_id text not null,
    appointment_id text,
    as_kind text not null,
    created_at bigint not null,
    seen_at bigint not null,
    until bigint not null,
    ended_at bigint,
    device text not null,
    proved text not null
);
create index session_of on session (person_id, created_at);

create table sms_code (
    id text not null primary key,
    phone_blind text not null,
    code_hash text not null,
    created_at bigint not null,
    until bigint not null,
    tries bigint not null,
    used_at bigint
);
create index sms_code_of on sms_code (phone_blind, created_at);

create table attempt (
    id text not null primary key,
    what text not null,
    who text not null,
    at bigint not null
);
create index attempt_of on attempt (what, who, at);

create table access (
    id text not null primary key,
    person_id text not null,
    post_id text,
    what text not null,
    subject_kind text not null,
    subject_id text not null,
    about_person_id text,
    reason text,
    at bigint not null,
    seal bytes
);
create index access_about on access (about_person_id, at);
create index access_by_time on access (at, id);

create table number_block (
    id text not null primary key,
    next bigint not null
);
