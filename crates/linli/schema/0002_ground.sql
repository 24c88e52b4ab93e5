-- The ground floor: places, people and posts, matters and cases, files, notices.

create table place (
    id text not null primary key,
    code text not null,
    level text not null,
    name text not null,
    parent_id text,
    path text not null,
    sort_key text not null,
    seat_lat_e7 bigint,
    seat_lng_e7 bigint,
    valid_from bigint not null,
    valid_to bigint,
    import_id text,
    version bigint not null,
    seal bytes
);
create unique index place_code_now on place (code) where valid_to is null;
create unique index place_path_now on place (path) where valid_to is null;
create index place_by_path on place (path, id);
create index place_children on place (parent_id, sort_key, id);
create index place_by_import on place (import_id, id) where import_id is not null;

create table boundary (
    id text not null primary key,
    place_id text not null references place (id),
    geojson text not null,
    valid_from bigint not null,
    valid_to bigint,
    import_id text,
    seal bytes
);
create unique index boundary_now on boundary (place_id) where valid_to is null;
create index boundary_by_import on boundary (import_id, id) where import_id is not null;

create table boundary_import (
    id text not null primary key,
    place_id text not null references place (id),
    at bigint not null,
    entered bigint not null,
    drawn bigint not null,
    undone_at bigint,
    seal bytes
);
create index boundary_import_at on boundary_import (place_id, at, id);

create table place_descent (
    id text not null primary key,
    old_place_id text not null references place (id),
    new_place_id text not null references place (id),
    kind text not null,
    at bigint not null,
    seal bytes
);

create table place_past (
    id text not null primary key,
    place_id text not null references place (id),
    code text not null,
    level text not null,
    name text not null,
    until bigint not null,
    seal bytes
);
create index place_past_of on place_past (place_id, until);
create index place_past_code on place_past (code, until);

create table address (
    id text not null primary key,
    place_id text not null references place (id),
    place_path text not null,
    text text not null,
    sort_key text not null,
    lat_e7 bigint,
    lng_e7 bigint,
    seal bytes
);
create unique index address_once on address (place_path, text);
create index address_by_path on address (place_path, sort_key, id);

create table body (
    id text not null primary key,
    kind text not null,
    name text not null,
    sort_key text not null,
    code text,
    place_id text not null references place (id),
    place_path text not null,
    phone text,
    hours text,
    ended_at bigint,
    version bigint not null,
    seal bytes
);
create index body_by_kind on body (kind, place_path, id);

create table remit (
    id text not null primary key,
    body_id text not null references body (id),
    kind text not null,
    place_path text not null,
    ground text not null,
    until bigint,
    seal bytes
);
create index remit_by_place on remit (place_path, kind, id) where until is null;
create index remit_of on remit (body_id, id) where until is null;
create unique index remit_once on remit (body_id, kind, place_path) where until is null;

create table person (
    id text not null primary key,
    kind text not null,
    name_sealed bytes,
    name_masked text not null,
    phone_sealed bytes,
    phone_blind text unique,
    phone_masked text,
    username text unique,
    password_hash text,
    password_until bigint,
    totp_sealed bytes,
    totp_last bigint,
    place_id text,
    place_path text not null,
    language text not null,
    consent text not null,
    created_at bigint not null,
    suspended_at bigint,
    closed_at bigint,
    version bigint not null,
    seal bytes
);

create index person_at on person (place_path, id);

create table post (
    id text not null primary key,
    kind text not null references post_kind (id),
    title text not null,
    place_id text not null references place (id),
    place_path text not null,
    body_id text references body (id),
    contact text,
    ended_at bigint,
    version bigint not null,
    seal bytes
);
create index post_by_path on post (place_path, kind, id);
create index post_by_body on post (body_id, id);

create table appointment (
    id text not null primary key,
    post_id text not null references post (id),
    person_id text not null references person (id),
    holder_name text not null,
    term_from text not null,
    term_to text,
    since bigint not null,
    until bigint,
    ended_why text,
    version bigint not null,
    seal bytes
);
create index appointment_of on appointment (person_id, id) where until is null;
create unique index appointment_once on appointment (post_id, person_id) where until is null;
create index appointment_to on appointment (post_id, id) where until is null;

create table delegation (
    id text not null primary key,
    appointment_id text not null references appointment (id),
    to_person_id text not null references person (id),
    by_appointment_id text not null references appointment (id),
    from_at bigint not null,
    to_at bigint not null,
    reason text not null,
    ended_at bigint,
    seal bytes
);
create index delegation_to on delegation (to_person_id, to_at);
create index delegation_of on delegation (appointment_id, id) where ended_at is null;
create index delegation_by on delegation (by_appointment_id, id) where ended_at is null;

create table process (
    id text not null primary key,
    process text not null,
    version bigint not null,
    text text not null,
    since bigint not null,
    until bigint,
    by_label text not null,
    seal bytes
);
create unique index process_version on process (process, version);
create unique index process_in_force on process (process) where until is null;

create table matter (
    id text not null primary key,
    number text not null unique,
    kind text not null,
    process text not null,
    process_version bigint not null,
    stage text not null,
    phase text not null,
    version bigint not null,
    title text not null,
    place_id text,
    place_path text not null,
    owner_id text,
    body_id text,
    about_body_id text,
    publicity text not null,
    source text not null,
    opened_at bigint not null,
    stage_since bigint not null,
    due_at bigint,
    beside_since bigint,
    beside_due_at bigint,
    updated_at bigint not null,
    closed_at bigint,
    batch_id text,
    seal bytes
);
create index matter_by_place on matter (kind, phase, place_path, opened_at, id);
create index matter_by_body on matter (body_id, phase, due_at, id);
create index matter_by_owner on matter (owner_id, opened_at, id) where owner_id is not null;
create index matter_by_time on matter (kind, opened_at, id);
create index matter_by_update on matter (kind, updated_at, id);
create index matter_by_end on matter (kind, phase, stage, stage_since, id)
    where phase = 'closed';
create index matter_by_batch on matter (batch_id, id) where batch_id is not null;

create table entry (
    id text not null primary key,
    matter_id text not null references matter (id),
    act_id text not null,
    move text not null,
    actor_id text,
    actor_label text not null,
    at bigint not null,
    recorded_at bigint not null,
    from_stage text,
    to_stage text not null,
    body_id text,
    said text,
    noted text,
    facts text not null,
    seal bytes
);
create index entry_of on entry (matter_id, at, id);

-- A clock runs at a stage, or beside the stages: then it names none.
create table clock (
    id text not null primary key,
    matter_id text not null references matter (id),
    name text not null,
    stage text,
    body_id text,
    limit_kind text not null,
    limit_n bigint not null,
    started_at bigint not null,
    due_at bigint not null,
    stopped_at bigint,
    outcome text,
    calendar_gap text,
    warn_at bigint,
    seal bytes
);
create index clock_warning on clock (warn_at, id) where warn_at is not null;
create index clock_of on clock (matter_id, started_at, id);
create unique index clock_beside on clock (matter_id, name)
    where stage is null and stopped_at is null;
create index clock_running on clock (due_at, id) where stopped_at is null;

create table class (
    id text not null primary key,
    code text not null unique,
    kind text not null,
    group_zh text not null,
    group_en text not null,
    title_zh text not null,
    title_en text not null,
    plain_zh text not null,
    plain_en text not null,
    publicity text not null,
    anonymous text not null,
    keywords text not null,
    questions text not null,
    body_kind text,
    ended_at bigint,
    version bigint not null,
    batch_id text,
    seal bytes
);

create table standard (
    id text not null primary key,
    class_id text not null references class (id),
    position bigint not null,
    condition text not null,
    closing text not null,
    limit_kind text not null,
    limit_n bigint not null,
    grade text not null,
    source text not null,
    since bigint not null,
    until bigint,
    batch_id text,
    handlers text,
    supervisors text,
    seal bytes
);
create index standard_of on standard (class_id, position, id) where until is null;

create table case_file (
    id text not null primary key references matter (id),
    class_id text references class (id),
    standard_id text,
    words text not null,
    open_words text,
    answers text not null,
    address text,
    lat_e7 bigint,
    lng_e7 bigint,
    language text not null,
    answer text,
    answered_at bigint,
    handled_by text,
    contacted text,
    solved text,
    satisfied text,
    why text,
    rated_at bigint,
    reopened bigint not null,
    urged bigint not null,
    urged_at bigint,
    returned bigint not null,
    external_id text unique,
    texts bigint not null default 0,
    left_at bigint,
    seal bytes
);
create index case_by_class on case_file (class_id, id);

-- How whoever reported a case may be reached, where they left it with the report.
create table contact (
    id text not null primary key,
    matter_id text not null unique,
    person_id text,
    name_sealed bytes,
    name_masked text,
    phone_sealed bytes,
    phone_masked text,
    email_sealed bytes,
    email_masked text,
    at bigint not null,
    seal bytes
);
create index contact_of on contact (person_id, id);

-- Who asked to be told how a case goes on that is not theirs.
create table follow (
    id text not null primary key,
    matter_id text not null,
    person_id text not null,
    texts bigint not null,
    at bigint not null,
    seal bytes
);
create unique index follow_once on follow (matter_id, person_id);
create index follow_of on follow (person_id, matter_id);

create table file (
    id text not null primary key,
    media text not null,
    size bigint not null,
    width bigint,
    height bigint,
    original_hash text not null,
    small_hash text not null,
    created_at bigint not null,
    seal bytes
);

create table attachment (
    id text not null primary key,
    matter_id text not null references matter (id),
    entry_id text,
    file_id text not null references file (id),
    role text not null,
    at bigint not null,
    released_at bigint,
    redacts text,
    seal bytes
);
create index attachment_of on attachment (matter_id, at, id);
create index attachment_by_file on attachment (file_id, id);

-- A report that is being written; who was signed in as it was.
create table draft (
    id text not null primary key,
    person_id text,
    body bytes not null,
    updated_at bigint not null
);
create index draft_by_time on draft (updated_at, id);
create index draft_of on draft (person_id, id) where person_id is not null;

-- What there is to tell of an act, written once for all who are told it; `told` says how many.
create table news (
    seq sequence,
    act_id text not null,
    kind text not null,
    matter_id text,
    params text not null,
    at bigint not null,
    told bigint not null
);
create index news_of on news (matter_id, seq) where matter_id is not null;

-- Somebody is told it: on the site, and by text message as well where `tries` is not null.
create table notice (
    person_id text not null,
    news bigint not null,
    read_at bigint,
    tries bigint,
    address_masked text,
    sent_at bigint,
    error text,
    primary key (person_id, news)
);
create index notice_unread on notice (person_id, news) where read_at is null;
create index notice_to_text on notice (news, person_id) where tries is not null and sent_at is null;
create index notice_texts on notice (news, person_id) where tries is not null;

create table import_run (
    id text not null primary key,
    kind text not null,
    file_name text not null,
    file_hash text not null,
    place_id text,
    by_person text not null,
    by_post text,
    state text not null,
    total bigint not null,
    done bigint not null,
    report text not null,
    started_at bigint not null,
    heard_at bigint,
    finished_at bigint,
    batch_id text
);
create index import_run_by_time on import_run (started_at, id);

create table batch (
    id text not null primary key,
    kind text not null,
    file_name text not null,
    file_hash text not null,
    rows bigint not null,
    at bigint not null,
    by_person text not null,
    adopted_at bigint,
    undone_at bigint,
    seal bytes
);
create unique index batch_file on batch (kind, file_hash) where undone_at is null;

create table saved_view (
    id text not null primary key,
    person_id text not null,
    title text not null,
    query text not null,
    at bigint not null
);

create table api_key (
    id text not null primary key,
    title text not null,
    key_hash text not null unique,
    person_id text not null,
    appointment_id text,
    created_at bigint not null,
    ended_at bigint,
    seal bytes
);
