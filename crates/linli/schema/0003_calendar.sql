-- Working time of a district: the years' notices as they were taken over, and working hours.

create table calendar_year (
    id text not null primary key,
    year bigint not null,
    days text not null,
    source text not null,
    since bigint not null,
    until bigint,
    seal bytes
);
create unique index calendar_year_now on calendar_year (year) where until is null;

create table work_hours (
    id text not null primary key,
    body_id text not null,
    slots text not null,
    reason text not null,
    since bigint not null,
    until bigint,
    seal bytes
);
create unique index work_hours_now on work_hours (body_id) where until is null;
alter table clock add column basis text;
alter table clock add column resumes_id text;
create unique index clock_resumed on clock (resumes_id) where resumes_id is not null;
create index clock_guessed on clock (matter_id) where calendar_gap is not null;
