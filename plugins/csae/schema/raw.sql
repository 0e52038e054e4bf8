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
