-- Who is one person: what was compared, what it came to, and what people judged. {linkage} is the schema's name.

create schema if not exists {linkage};

-- The person records that were last linked, their tokens as numbers: two tokens are one where their numbers are.
create table if not exists {linkage}.record (
    person_record_key text primary key,
    first_seen text not null,
    model_version text not null,
    surname bigint,
    surname_sound bigint,
    forename bigint,
    first_forename bigint,
    forename_sound bigint,
    surname_consonants bigint,
    forename_consonants bigint,
    surname_is_rare bigint,
    forename_is_rare bigint,
    forename_initial bigint,
    initial_alone bigint,
    born bigint,
    born_swapped bigint,
    born_year_month bigint,
    born_year_day bigint,
    born_month_day bigint,
    birth_year bigint,
    sex bigint,
    pnc bigint,
    person_ref bigint,
    name_part_1 bigint,
    name_part_2 bigint,
    name_part_3 bigint,
    name_part_4 bigint,
    name_part_5 bigint,
    name_part_6 bigint
);
-- What a warehouse made before names were compared by their consonants lacks.
do $$
begin
    if ops.lacks('{linkage}.record', 'surname_consonants') then
        alter table {linkage}.record add column surname_consonants bigint, add column forename_consonants bigint;
    end if;
end
$$;
-- What a warehouse made before names were rare or not lacks. Nobody waits for it where nothing is to be done.
do $$
begin
    if not exists (
        select 1 from pg_attribute where attrelid = '{linkage}.record'::regclass and attname = 'forename_is_rare'
    ) then
        alter table {linkage}.record add column surname_is_rare bigint, add column forename_is_rare bigint;
    end if;
end
$$;
-- What candidates for a new record are found by.
create index if not exists record_pnc_idx on {linkage}.record (pnc) where pnc is not null;
create index if not exists record_person_ref_idx on {linkage}.record (person_ref) where person_ref is not null;
create index if not exists record_born_idx on {linkage}.record (born) where born is not null;
create index if not exists record_sound_idx on {linkage}.record (surname_sound, forename_sound)
where surname_sound is not null and forename_sound is not null;
create index if not exists record_names_idx on {linkage}.record (surname, first_forename)
where surname is not null and first_forename is not null;

-- Every pair of records that hang together, scored; `contradiction` says why two of them cannot be one person.
create table if not exists {linkage}.edge (
    record_key_l text not null,
    record_key_r text not null,
    match_weight double precision not null,
    contradiction text check (contradiction in ('twins', 'different PNC ids', 'too unlike')),
    model_version text not null,
    primary key (record_key_l, record_key_r),
    check (record_key_l collate "C" < record_key_r collate "C")
);
create index if not exists edge_record_key_r_idx on {linkage}.edge (record_key_r);

-- The person that each record is of, and the build that first said so.
create table if not exists {linkage}.person (
    person_record_key text primary key,
    person_key text not null,
    since_generation_id bigint not null
);
create index if not exists person_person_key_idx on {linkage}.person (person_key);
-- For the crimes of people who are linked otherwise, which a night makes anew.
create index if not exists person_since_generation_id_idx on {linkage}.person (since_generation_id);

-- What became of people who stood before: joined with another, taken apart, or known by another first record.
create table if not exists {linkage}.person_change (
    generation_id bigint not null,
    change text not null check (change in ('merged', 'split', 'renamed')),
    old_person_key text not null,
    new_person_key text not null,
    records bigint not null,
    primary key (generation_id, change, old_person_key, new_person_key)
);

-- What people judged. A judgement is withdrawn, never removed.
create table if not exists ops.person_judgement (
    judgement_id bigint generated always as identity primary key,
    verdict text not null check (verdict in ('same', 'different')),
    record_key_l text not null,
    record_key_r text not null,
    made_by text not null,
    made_at timestamptz not null default clock_timestamp(),
    reason text not null,
    withdrawn_by text,
    withdrawn_at timestamptz,
    withdrawn_reason text,
    check (record_key_l collate "C" < record_key_r collate "C"),
    check ((withdrawn_at is null) = (withdrawn_by is null) and (withdrawn_at is null) = (withdrawn_reason is null))
);

-- The judgements that the last linking obeyed.
create table if not exists {linkage}.obeyed_judgement (
    judgement_id bigint primary key
);
