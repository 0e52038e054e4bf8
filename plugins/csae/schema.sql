-- The schemas and tables that the pipeline writes itself. Run before every night; every statement may run again.
-- raw.* is all text and without constraints, so that no database error can quote a row.

create schema if not exists raw;
create schema if not exists ops;
create schema if not exists reference;
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists curated;
create schema if not exists generation;

create table if not exists raw.crime (
    load_id bigint,
    extract_name text,
    row_number bigint,
    crime_ref_token text,
    recorded_on text,
    offence_start_on text,
    home_office_code text,
    cjs_code text,
    offence_title text,
    offence_category text,
    is_online text,
    is_group_based text,
    is_child_abuse_flagged text,
    outcome_code text,
    outcome_on text,
    record_status text,
    transfer_direction text,
    transfer_force text,
    transfer_ref_token text
);
create index if not exists crime_load_id_idx on raw.crime (load_id);

create table if not exists raw.involvement (
    load_id bigint,
    extract_name text,
    row_number bigint,
    crime_row_number bigint,
    crime_ref_token text,
    person_ref_token text,
    role text,
    surname_token text,
    surname_phonetic_token text,
    surname_consonants_token text,
    surname_is_common text,
    forename_token text,
    forename_initial_token text,
    forename_is_initial text,
    first_forename_token text,
    forename_phonetic_token text,
    forename_consonants_token text,
    forename_is_common text,
    name_part_tokens text,
    date_of_birth_token text,
    date_of_birth_swapped_token text,
    date_of_birth_is_placeholder text,
    birth_year_month_token text,
    birth_year_day_token text,
    birth_month_day_token text,
    birth_year text,
    age_at_offence text,
    sex text,
    self_defined_ethnicity text,
    observed_ethnicity text,
    nationalities text,
    pnc_token text,
    immigration_status text
);
create index if not exists involvement_load_id_idx on raw.involvement (load_id);

create table if not exists raw.case_review (
    load_id bigint,
    extract_name text,
    row_number bigint,
    case_ref_token text,
    force text,
    identified_on text,
    status text,
    status_on text,
    reason_closed text,
    is_group_based text
);
create index if not exists case_review_load_id_idx on raw.case_review (load_id);

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

-- Every decided load that a generation knew, with its state then.
create table if not exists ops.generation_load (
    generation_id bigint not null references ops.generation (generation_id),
    load_id bigint not null references ops.load (load_id),
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

-- The codes that each source declares in its YAML, by layout: written from forces/ before each transformation.
create table if not exists reference.source (
    source text primary key,
    name text not null,
    status text not null,
    delivery_mode text not null,
    due_every text not null,
    due_day integer not null
);

create table if not exists reference.source_code_scheme (
    source text not null,
    layout_valid_from date not null,
    column_name text not null,
    scheme text not null,
    primary key (source, layout_valid_from, column_name)
);

create table if not exists reference.source_code (
    source text not null,
    scheme text not null,
    code text not null,
    harmonised_code text not null,
    primary key (source, scheme, code)
);

-- What a value that cannot be decoded is likely to mean; `scheme` is empty where the YAML names none.
create table if not exists reference.source_suggestion (
    source text not null,
    column_name text not null,
    scheme text not null,
    value text not null,
    suggested_code text not null,
    score integer not null,
    evidence text not null,
    primary key (source, column_name, scheme, value)
);

-- The reasons for closing a case that a source's YAML maps to: any other text could be anything.
create table if not exists reference.source_closing_reason (
    source text not null,
    reason text not null,
    primary key (source, reason)
);

-- The forms in which a force is named, from the seeds: written before each gate and each transformation, because the
-- gate of a first night comes before dbt has loaded any seed.
create table if not exists reference.force_form (
    rule text not null check (rule in ('wording', 'words')),
    form text not null,
    force_code text not null,
    primary key (rule, form)
);

create table if not exists reference.force_word (
    word text primary key,
    stands_for text not null
);

-- The force that a text names: by its normal form, else by its words. Null where it names none, or could name several.
create or replace function reference.force_code(named text) returns text
language sql stable strict parallel safe
as $$
with written as (
    select trim(regexp_replace(
        upper(regexp_replace(normalize(named, nfkd), '[\u0300-\u036f]', '', 'g')), '[^A-Z0-9]+', ' ', 'g'
    )) as form
),

words as (
    select string_agg(distinct said.word collate "C", ' ' order by said.word collate "C") as form
    from written
    cross join lateral regexp_split_to_table(written.form, ' ') as part (word)
    left join reference.force_word as listed on part.word = listed.word
    cross join lateral regexp_split_to_table(coalesce(listed.stands_for, part.word), ' ') as said (word)
    where said.word <> ''
)

select nullif(
    coalesce(
        (select f.force_code from reference.force_form as f, written where f.rule = 'wording' and f.form = written.form),
        (select f.force_code from reference.force_form as f, words where f.rule = 'words' and f.form = words.form)
    ),
    'AMBIGUOUS'
)
$$;

-- What a warehouse made before case reviews lacks. Looked up first: to alter a table is to wait for its readers.
do $$
begin
    if not exists (
        select 1 from information_schema.columns
        where table_schema = 'ops' and table_name = 'load' and column_name = 'case_reviews_read'
    ) then
        alter table ops.load add column case_reviews_read bigint, add column case_reviews_quarantined bigint;
        alter table ops.quarantined_row drop constraint quarantined_row_record_kind_check;
        alter table ops.quarantined_row add constraint quarantined_row_record_kind_check
        check (record_kind in ('crime', 'involvement', 'case_review'));
        alter table ops.night_source add column is_waived boolean not null default false;
        -- Written anew before each transformation.
        truncate reference.source;
        alter table reference.source
        add column delivery_mode text not null, add column due_every text not null,
        add column due_day integer not null;
    end if;
end
$$;

-- What a warehouse made before drift was looked at lacks.
do $$
begin
    if not exists (
        select 1 from information_schema.columns
        where table_schema = 'ops' and table_name = 'load_notice' and column_name = 'level'
    ) then
        alter table ops.load_notice
        add column level text not null default 'warning' check (level in ('info', 'warning', 'error')),
        add column extract_name text not null default '', add column column_name text not null default '',
        drop constraint load_notice_pkey, add primary key (load_id, code, extract_name, column_name);
    end if;
end
$$;

-- What a warehouse made before generations were kept by differences lacks.
do $$
begin
    if not exists (
        select 1 from information_schema.columns
        where table_schema = 'ops' and table_name = 'generation' and column_name = 'mode'
    ) then
        alter table ops.generation
        add column rules_sha256 text not null default '',
        add column mode text check (mode in ('full', 'incremental'));
    end if;
end
$$;

-- What a warehouse made before generations knew rejected and repeated loads lacks.
do $$
begin
    if not exists (
        select 1 from information_schema.columns
        where table_schema = 'ops' and table_name = 'generation_load' and column_name = 'state'
    ) then
        alter table ops.generation_load add column state text not null default 'accepted';
    end if;
end
$$;

-- What a warehouse made before offences had a title and a category lacks.
do $$
begin
    if not exists (
        select 1 from information_schema.columns
        where table_schema = 'raw' and table_name = 'crime' and column_name = 'offence_title'
    ) then
        alter table raw.crime
        add column offence_title text, add column offence_category text, add column is_child_abuse_flagged text;
    end if;
end
$$;

-- What a warehouse made before names had a sound and dates of birth had parts lacks. Rows that it holds have none.
do $$
begin
    if not exists (
        select 1 from information_schema.columns
        where table_schema = 'raw' and table_name = 'involvement' and column_name = 'name_part_tokens'
    ) then
        alter table raw.involvement
        add column surname_phonetic_token text, add column first_forename_token text,
        add column forename_phonetic_token text, add column name_part_tokens text,
        add column date_of_birth_swapped_token text, add column date_of_birth_is_placeholder text,
        add column birth_year_month_token text, add column birth_year_day_token text,
        add column birth_month_day_token text;
    end if;
end
$$;

-- What a warehouse made before names had consonants and were common or not lacks. Rows that it holds have none.
do $$
begin
    if not exists (
        select 1 from information_schema.columns
        where table_schema = 'raw' and table_name = 'involvement' and column_name = 'forename_is_common'
    ) then
        alter table raw.involvement
        add column surname_consonants_token text, add column surname_is_common text,
        add column forename_consonants_token text, add column forename_is_common text;
    end if;
end
$$;

-- What the gate looks at: records of loads that wait for it, with the questions that need more than one column
-- already answered. Nothing here can throw: a text is cast only after it is known to be valid. A column that is new
-- comes last, since a view that stands can be given no other.
create or replace view ops.crime_at_gate as
select
    c.load_id,
    c.extract_name,
    c.row_number,
    c.crime_ref_token,
    c.recorded_on,
    case when c.recorded_on is not null
        then c.recorded_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(c.recorded_on, 'date')
    end as recorded_on_is_a_date,
    case when c.recorded_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(c.recorded_on, 'date')
        then c.recorded_on <= to_char(l.delivery_on, 'YYYY-MM-DD')
    end as recorded_on_is_by_delivery,
    case when c.offence_start_on is not null
        then c.offence_start_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(c.offence_start_on, 'date')
    end as offence_start_on_is_a_date,
    case
        when c.offence_start_on ~ '^\d{4}-\d{2}-\d{2}$' and c.recorded_on ~ '^\d{4}-\d{2}-\d{2}$'
            then c.offence_start_on <= c.recorded_on
    end as offence_start_on_is_by_recording,
    c.home_office_code,
    c.is_online,
    c.is_group_based,
    c.outcome_code,
    c.record_status,
    c.transfer_direction,
    case when c.transfer_direction in ('in', 'out')
        then c.transfer_force is not null and c.transfer_ref_token is not null
    end as transfer_is_complete,
    coalesce(c.home_office_code, c.cjs_code, c.offence_title, c.offence_category) is not null as offence_is_told,
    c.is_child_abuse_flagged,
    case when c.home_office_code is not null then coalesce(offence.rule, 'not_known') end as home_office_code_rule,
    case when c.outcome_code is not null then coalesce(outcome.is_decoded, false) end as outcome_code_is_decoded,
    -- The outcome, where a suspect is on record.
    case when s.load_id is not null then outcome.code end as outcome_of_suspect
from raw.crime as c
inner join ops.load as l on c.load_id = l.load_id
left join ops.value_at_gate as offence
    on c.load_id = offence.load_id and offence.column_name = 'home_office_code'
        and hashtextextended(c.home_office_code, 0) = offence.value_hash
left join ops.value_at_gate as outcome
    on c.load_id = outcome.load_id and outcome.column_name = 'outcome_code'
        and hashtextextended(c.outcome_code, 0) = outcome.value_hash
left join (
    select distinct suspect.load_id, suspect.crime_ref_token
    from raw.involvement as suspect
    inner join ops.load as waiting on suspect.load_id = waiting.load_id
    where waiting.state = 'loaded' and suspect.role = 'suspect'
) as s
    on c.load_id = s.load_id and c.crime_ref_token = s.crime_ref_token
where l.state = 'loaded';

create or replace view ops.involvement_at_gate as
select
    i.load_id,
    i.extract_name,
    i.row_number,
    i.crime_ref_token,
    case when i.crime_ref_token is not null then c.crime_ref_token is not null end as crime_is_in_delivery,
    i.role,
    i.sex,
    i.birth_year,
    case when i.age_at_offence ~ '^-?\d{1,4}$' then i.age_at_offence::integer between 0 and 110 end as age_is_possible,
    case when i.self_defined_ethnicity is not null then coalesce(self_defined.is_decoded, false) end
        as self_defined_ethnicity_is_decoded,
    case when i.observed_ethnicity is not null then coalesce(observed.is_decoded, false) end
        as observed_ethnicity_is_decoded,
    i.nationalities,
    case when i.nationalities is not null then coalesce(nationality.is_decoded, false) end as nationalities_are_decoded
from raw.involvement as i
inner join ops.load as l on i.load_id = l.load_id
left join (
    select distinct crime.load_id, crime.crime_ref_token
    from raw.crime as crime
    inner join ops.load as waiting on crime.load_id = waiting.load_id
    where waiting.state = 'loaded'
) as c
    on i.load_id = c.load_id and i.crime_ref_token = c.crime_ref_token
left join ops.value_at_gate as self_defined
    on i.load_id = self_defined.load_id and self_defined.column_name = 'self_defined_ethnicity'
        and hashtextextended(i.self_defined_ethnicity, 0) = self_defined.value_hash
left join ops.value_at_gate as observed
    on i.load_id = observed.load_id and observed.column_name = 'observed_ethnicity'
        and hashtextextended(i.observed_ethnicity, 0) = observed.value_hash
left join ops.value_at_gate as nationality
    on i.load_id = nationality.load_id and nationality.column_name = 'nationalities'
        and hashtextextended(i.nationalities, 0) = nationality.value_hash
where l.state = 'loaded';

create or replace view ops.case_review_at_gate as
select
    r.load_id,
    r.extract_name,
    r.row_number,
    r.case_ref_token,
    -- What names no force stays as it is, so that it is unknown and not missing.
    coalesce(reference.force_code(r.force), r.force) as force_code,
    r.identified_on,
    case when r.identified_on is not null
        then r.identified_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(r.identified_on, 'date')
    end as identified_on_is_a_date,
    case when r.identified_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(r.identified_on, 'date')
        then r.identified_on <= to_char(l.delivery_on, 'YYYY-MM-DD')
    end as identified_on_is_by_delivery,
    r.status,
    case when r.status_on is not null
        then r.status_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(r.status_on, 'date')
    end as status_on_is_a_date,
    case when r.status_on ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid(r.status_on, 'date')
        then r.status_on between r.identified_on and to_char(l.delivery_on, 'YYYY-MM-DD')
    end as status_on_is_between_identified_and_delivered,
    r.is_group_based
from raw.case_review as r
inner join ops.load as l on r.load_id = l.load_id
where l.state = 'loaded';
