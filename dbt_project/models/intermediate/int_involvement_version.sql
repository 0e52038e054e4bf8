{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_crime'), loads=ref('int_changed_load'), after=ref('int_person_record_before')) }}",
        indexes=[{'columns': ['crime_key']}, {'columns': ['load_id']}, {'columns': ['person_record_key']}],
    )
}}

with involvements as not materialized (

    {{ rows_of_changed_crimes(ref('stg_involvement'), 'int_changed_crime') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

crimes as (

    {{ changed_rows(ref('int_crime_fate'), 'crime_key', 'int_changed_crime') }}

),

crimes_by_row as (

    select
        load_id,
        extract_name,
        row_number,
        fate
    from crimes
    where fate <> 'quarantined'

),

crimes_by_reference as (

    select distinct
        load_id,
        crime_key,
        fate
    from crimes
    where fate not in ('quarantined', 'duplicate')

),

-- A person nested in a crime's record belongs to that row; any other, to the crime of that reference in the delivery.
placed as not materialized (

    select
        involvements.*,
        loads.force_code,
        loads.delivery_on,
        loads.delivery_order,
        loads.layout_valid_from,
        md5(
            loads.force_code || '|' || loads.delivery_on::text || '|' || loads.correction_number::text || '|'
            || involvements.extract_name || '|' || involvements.row_number::text
        ) as involvement_key,
        coalesce(crimes_by_row.fate, crimes_by_reference.fate, 'quarantined') as crime_fate,
        -- An initial is not a name to know a person by.
        case when not coalesce(involvements.forename_is_initial, false) then involvements.forename_token end
            as full_forename_token
    from involvements
    inner join loads on involvements.load_id = loads.load_id
    left join crimes_by_row
        on
            involvements.load_id = crimes_by_row.load_id
            and involvements.extract_name = crimes_by_row.extract_name
            and involvements.crime_row_number = crimes_by_row.row_number
    left join crimes_by_reference
        on
            involvements.load_id = crimes_by_reference.load_id
            and involvements.crime_key = crimes_by_reference.crime_key
            and involvements.crime_row_number is null

),

-- All that a person is written by, in one text; what is missing takes its place as nothing.
written as not materialized (

    select
        placed.*,
        concat_ws(
            '|',
            {% for token in [
                'person_ref_token',
                'pnc_token',
                'surname_token',
                'full_forename_token',
                'forename_initial_token',
                'forename_is_initial',
                'first_forename_token',
                'surname_phonetic_token',
                'forename_phonetic_token',
                'name_part_tokens',
                'date_of_birth_token',
                'date_of_birth_swapped_token',
                'birth_year_month_token',
                'birth_year_day_token',
                'birth_month_day_token',
                'date_of_birth_is_placeholder',
                'birth_year',
                'sex',
            ] %}
                coalesce(placed.{{ token }}::text, ''){{ ',' if not loop.last }}
            {% endfor %}
        ) as written_as,
        -- The force's own number, a PNC identifier, or a whole name with a day of birth that is no placeholder: whoever
        -- is written alike by these is one person. Less than that fits many, and stands for nobody beyond its crime.
        num_nonnulls(placed.person_ref_token, placed.pnc_token) > 0
        or (
            num_nonnulls(placed.surname_token, placed.full_forename_token, placed.date_of_birth_token) = 3
            and not coalesce(placed.date_of_birth_is_placeholder, false)
        ) as is_known_beyond_crime,
        num_nonnulls(
            placed.person_ref_token,
            placed.pnc_token,
            placed.surname_token,
            placed.forename_token,
            placed.date_of_birth_token
        ) = 0 as is_anonymous
    from placed

),

-- Numbered on the crime, so that the key is the same when the crime is sent again. Only where it is in the key: to put
-- all rows in order would take longer than all else here.
numbered as (

    select
        *,
        null::bigint as place_on_crime
    from written
    where is_known_beyond_crime
    union all
    select
        *,
        row_number() over (
            partition by
                load_id,
                crime_key,
                case when crime_row_number is not null then extract_name end,
                crime_row_number,
                role,
                written_as
            order by extract_name collate "C" asc, row_number asc
        ) as place_on_crime
    from written
    where not is_known_beyond_crime

)

select
    involvement_key,
    load_id,
    extract_name,
    row_number,
    force_code,
    delivery_on,
    delivery_order,
    layout_valid_from,

    crime_key,
    crime_fate,
    role,

    md5(
        case
            when is_known_beyond_crime then written_as
            else
                'record|' || coalesce(crime_key, '') || '|' || coalesce(role, '') || '|' || place_on_crime::text || '|'
                || written_as
        end
    ) as person_record_key,
    is_anonymous,
    person_ref_token,
    pnc_token,
    surname_token,
    surname_phonetic_token,
    surname_consonants_token,
    surname_is_common,
    forename_token,
    full_forename_token,
    forename_initial_token,
    coalesce(forename_is_initial, false) as forename_is_initial,
    first_forename_token,
    forename_phonetic_token,
    forename_consonants_token,
    forename_is_common,
    name_part_tokens,
    date_of_birth_token,
    date_of_birth_swapped_token,
    birth_year_month_token,
    birth_year_day_token,
    birth_month_day_token,
    coalesce(date_of_birth_is_placeholder, false) as date_of_birth_is_placeholder,
    birth_year,
    age_at_offence,
    sex,

    self_defined_ethnicity,
    observed_ethnicity,
    nationalities,
    immigration_status
from numbered
