-- The ledger. A delivery is known by its source, its date and the SHA-256 of its content, for ever.
create table if not exists ops.load (
    load_id bigint generated always as identity primary key,
    source text not null,
    delivery_on date not null,
    content_sha256 text not null,
    correction_number integer not null,
    state text not null check (state in ('received', 'loaded', 'accepted', 'rejected', 'duplicate')),
    attempt integer not null default 1,
    layout_valid_from date,
    spec_sha256 text,
    pseudonym_key_id text,
    crimes_read bigint,
    involvements_read bigint,
    case_reviews_read bigint,
    crimes_quarantined bigint,
    involvements_quarantined bigint,
    case_reviews_quarantined bigint,
    duplicate_of bigint references ops.load (load_id),
    reason_code text,
    reason text,
    received_at timestamptz not null default clock_timestamp(),
    decided_at timestamptz,
    unique (source, delivery_on, content_sha256)
);

-- A load changes only as the ledger's steps say, whoever writes: the database refuses all else. What a load is known
-- by never changes, no load is forgotten, and an attempt that another one took over changes nothing.
create or replace function ops.check_load_change() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'load % cannot be deleted: a delivery is known for ever', old.load_id
            using errcode = 'restrict_violation';
    end if;
    if (new.load_id, new.source, new.delivery_on, new.content_sha256, new.correction_number, new.received_at)
        is distinct from
        (old.load_id, old.source, old.delivery_on, old.content_sha256, old.correction_number, old.received_at)
        or (new.duplicate_of is distinct from old.duplicate_of and (old.state = 'duplicate' or new.state <> 'duplicate'))
    then
        raise exception 'load % is known by its source, date and content, which cannot change', old.load_id
            using errcode = 'restrict_violation';
    end if;
    if not (case new.attempt - old.attempt
        when 0 then
            new.state = old.state
            or (old.state, new.state) in (
                ('received', 'loaded'), ('received', 'rejected'), ('loaded', 'accepted'), ('loaded', 'rejected'),
                ('received', 'duplicate'), ('rejected', 'duplicate')
            )
        when 1 then old.state in ('received', 'rejected') and new.state = 'received'
        else false
    end) then
        raise exception 'load %: % (attempt %) cannot become % (attempt %)',
            old.load_id, old.state, old.attempt, new.state, new.attempt
            using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;

do $$
begin
    if not exists (
        select 1 from pg_trigger where tgrelid = 'ops.load'::regclass and tgname = 'load_change_is_legal'
    ) then
        create trigger load_change_is_legal before update or delete on ops.load
        for each row execute function ops.check_load_change();
    end if;
end
$$;

create table if not exists ops.extract (
    load_id bigint not null references ops.load (load_id),
    extract_name text not null,
    object_key text not null,
    etag text not null,
    size_bytes bigint not null,
    sha256 text not null,
    records_read bigint,
    primary key (load_id, object_key)
);
create index if not exists extract_object_key_idx on ops.extract (object_key);

-- Signals of drift and other things to know of a load. `error` rejected it; one that is waived is `info`.
create table if not exists ops.load_notice (
    load_id bigint not null references ops.load (load_id),
    code text not null,
    level text not null default 'warning' check (level in ('info', 'warning', 'error')),
    extract_name text not null default '',
    column_name text not null default '',
    message text not null,
    primary key (load_id, code, extract_name, column_name)
);

-- What later loads of the source are compared with: the columns of the file that an extract was read from, in order.
create table if not exists ops.load_extract (
    load_id bigint not null references ops.load (load_id),
    extract_name text not null,
    file_name text not null,
    columns text[] not null,
    primary key (load_id, extract_name)
);

-- How full each column of the dataset was, by extract.
create table if not exists ops.load_column (
    load_id bigint not null references ops.load (load_id),
    extract_name text not null,
    record_kind text not null,
    column_name text not null,
    rows bigint not null,
    filled bigint not null,
    primary key (load_id, extract_name, record_kind, column_name)
);

-- Values of coded columns, known by their SHA-256. The text is kept only where something knows it or it may be shown,
-- since a column that is mapped wrongly may bring names. Those of a load wait here until the gate has decided over it.
create table if not exists ops.load_value (
    load_id bigint not null references ops.load (load_id),
    extract_name text not null,
    record_kind text not null,
    column_name text not null,
    value_sha256 text not null,
    value text,
    known_by text check (known_by in ('map', 'code set')),
    rows bigint not null,
    first_row_number bigint not null,
    primary key (load_id, extract_name, record_kind, column_name, value_sha256)
);

-- Every value that a source's accepted loads have sent.
create table if not exists ops.coded_value (
    source text not null,
    record_kind text not null,
    column_name text not null,
    value_sha256 text not null,
    value text,
    first_load_id bigint not null references ops.load (load_id),
    last_load_id bigint not null references ops.load (load_id),
    rows bigint not null,
    primary key (source, record_kind, column_name, value_sha256)
);

-- What the coded values of waiting loads are read as, for the views of the gate; gone once it has decided. Of a value
-- there is only a hash, and those that nothing knows are not here.
create table if not exists ops.value_at_gate (
    load_id bigint not null references ops.load (load_id),
    column_name text not null,
    value_hash bigint not null,
    rule text not null,
    code text,
    is_decoded boolean not null,
    primary key (load_id, column_name, value_hash)
);

create table if not exists ops.quarantined_row (
    load_id bigint not null references ops.load (load_id),
    extract_name text not null,
    record_kind text not null check (record_kind in ('crime', 'involvement', 'case_review')),
    row_number bigint not null,
    reason_code text not null,
    column_name text,
    primary key (load_id, record_kind, extract_name, row_number, reason_code)
);

create table if not exists ops.gate_result (
    load_id bigint not null references ops.load (load_id),
    record_kind text not null,
    reason_code text not null,
    column_name text,
    severity text not null check (severity in ('critical', 'warning', 'info')),
    rows_checked bigint not null,
    rows_failed bigint not null,
    primary key (load_id, record_kind, reason_code)
);

-- One row a night, and what became of each source in it.
create table if not exists ops.night (
    night_id bigint generated always as identity primary key,
    night_on date,
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    verdict text check (verdict in ('complete', 'incomplete', 'held', 'failed')),
    message text,
    notice text
);

create table if not exists ops.night_source (
    night_id bigint not null references ops.night (night_id),
    source text not null,
    state text not null check (state in ('loaded', 'unchanged', 'waiting', 'missing', 'rejected', 'failed', 'unknown')),
    is_waived boolean not null default false,
    message text,
    deliveries integer not null default 0,
    primary key (night_id, source)
);

-- Complete builds of the marts. At most one is current; analysts see that one.
create table if not exists ops.generation (
    generation_id bigint generated always as identity primary key,
    night_id bigint references ops.night (night_id),
    state text not null check (state in ('building', 'current', 'previous', 'held', 'failed')),
    input_sha256 text not null,
    rules_sha256 text not null default '',
    mode text check (mode in ('full', 'incremental')),
    tests text check (tests in ('all', 'changed')),
    crimes bigint,
    involvements bigint,
    message text,
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz
);
create unique index if not exists generation_current_idx on ops.generation (state) where state = 'current';

-- The one generation that the built state was last switched to, and what that was built with besides loads: empty
-- while the built state is being altered, and after that was broken off, so that the next build makes all anew.
create table if not exists ops.build_state (
    generation_id bigint not null references ops.generation (generation_id),
    inputs_sha256 text not null
);
create unique index if not exists build_state_one_row_idx on ops.build_state ((true));

-- The loads of that generation, with all that decides what they say.
create table if not exists ops.built_load (
    load_id bigint primary key references ops.load (load_id),
    fingerprint text not null
);

-- The tables and columns that each kept generation shows, in order.
create table if not exists ops.generation_table (
    generation_id bigint not null references ops.generation (generation_id),
    table_name text not null,
    columns text[] not null,
    primary key (generation_id, table_name)
);

-- What each generation changed: counts of all of them, keys of those that are kept.
create table if not exists ops.generation_change (
    generation_id bigint not null references ops.generation (generation_id),
    since_generation_id bigint not null references ops.generation (generation_id),
    force_code text not null,
    record_kind text not null check (record_kind in ('crime', 'involvement')),
    change text not null check (change in ('added', 'removed', 'changed')),
    reason text not null,
    records bigint not null,
    primary key (generation_id, force_code, record_kind, change, reason)
);
comment on table ops.generation_change
is 'What each generation changed against the one before it: one row a force, kind of record, change and reason.';
comment on column ops.generation_change.generation_id is 'The generation that brought the change.';
comment on column ops.generation_change.since_generation_id is 'The generation that it is compared with.';
comment on column ops.generation_change.force_code is 'The force whose records they are.';
comment on column ops.generation_change.record_kind
is 'crime: a row of fct_offence_type; involvement: a row of fct_ethnicity with its rows of fct_nationality.';
comment on column ops.generation_change.change is 'added, removed or changed.';
comment on column ops.generation_change.reason is 'The first reason that applies; docs/operator.md says what each means.';
comment on column ops.generation_change.records is 'How many records.';

create table if not exists ops.generation_change_key (
    generation_id bigint not null references ops.generation (generation_id),
    record_kind text not null,
    change text not null,
    reason text not null,
    force_code text not null,
    crime_key text not null,
    person_key text,
    role text
);
create index if not exists generation_change_key_idx on ops.generation_change_key (generation_id, crime_key);

-- Every decided load that a generation knew, with its state then. No foreign keys: a switch writes the whole ledger here,
-- from the ledger itself, of which nothing is ever deleted; to look up each row again cost seconds of a night.
create table if not exists ops.generation_load (
    generation_id bigint not null,
    load_id bigint not null,
    state text not null default 'accepted',
    primary key (generation_id, load_id)
);

-- What a generation was built with, so that it can be built again: files by content, and their paths in the project.
create table if not exists ops.input_file (
    sha256 text primary key,
    content bytea not null
);

create table if not exists ops.generation_input (
    generation_id bigint not null references ops.generation (generation_id),
    path text not null,
    sha256 text not null references ops.input_file (sha256),
    primary key (generation_id, path)
);

-- Who asked which tables what, through csae sql: without the literals of the statement, which may name a person.
create table if not exists ops.access (
    access_id bigint generated always as identity primary key,
    asked_at timestamptz not null default clock_timestamp(),
    login text not null,
    as_role text not null,
    person text,
    database_name text not null,
    tables text[] not null,
    statement text not null,
    state text not null check (state in ('answered', 'failed'))
);

-- Each change of the pseudonym key: from which to which, and what was made anew. Ids tell keys apart and tell no key.
create table if not exists ops.key_rotation (
    rotation_id bigint generated always as identity primary key,
    rotated_at timestamptz not null default clock_timestamp(),
    old_key_ids text[] not null,
    new_key_id text not null,
    loads bigint not null,
    records bigint not null,
    judgements bigint not null,
    last_generation_id bigint references ops.generation (generation_id)
);
comment on column ops.key_rotation.last_generation_id
is 'The last generation under the old key: it and those before it end once the next one is built.';
