-- What rights rest on, but for `own_force.sql`. Run where the rights of another version were given last; every
-- statement may run again.

create schema if not exists access;
create schema if not exists curated_force;
-- Made before dbt would, so that its tables there have their readers from the first.
create schema if not exists marts;
create schema if not exists quality;

-- What was put right because it was not as the matrix says, or could not be; that is said once, and once more when it
-- is gone.
create table if not exists access.repair (
    found_at timestamptz not null default clock_timestamp(),
    night_id bigint,
    difference text not null,
    was_repaired boolean not null
);

-- Who had analysts see another generation, or asked for it and was refused. `login` is the database's, `person` the
-- machine's, `asked_for` is empty for the one before; `refused` says why, and is empty where it was done.
create table if not exists access.rollback (
    asked_at timestamptz not null default clock_timestamp(),
    login text not null default session_user,
    person text,
    shown_before bigint,
    asked_for bigint,
    shown_after bigint,
    refused text
);

-- The matrix by which the rights were last given.
create table if not exists access.matrix (
    sha256 text primary key,
    given_at timestamptz not null default clock_timestamp()
);

-- Lets those who may not write to ops leave a line there, in their own name and no other.
create or replace function access.note(
    of_database text, tables_read text[], masked_statement text, found_state text, as_role text, by_person text
) returns void
language sql security definer
set search_path = pg_catalog, pg_temp
begin atomic
insert into ops.access (login, as_role, person, database_name, tables, statement, state)
values (session_user, as_role, by_person, of_database, tables_read, masked_statement, found_state);
end;
revoke execute on function access.note from public;
