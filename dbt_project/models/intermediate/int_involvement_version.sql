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

crimes as not materialized (

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

-- All rows of one crime in one delivery share its fate. Numbered and not made distinct: of what is distinct the planner
-- knows no values, and would rather look the narrow rows up among the wide ones.
numbered_crimes as (

    select
        load_id,
        crime_key,
        fate,
        row_number() over (partition by load_id, crime_key) as place
    from crimes
    where fate not in ('quarantined', 'duplicate')

),

crimes_by_reference as (

    select
        load_id,
        crime_key,
        fate
    from numbered_crimes
    where place = 1

),

-- All that a person is written by, in one text; what is missing takes its place as nothing.
named as not materialized (

    select
        *,
        -- An initial is not a name to know a person by.
        case when not coalesce(forename_is_initial, false) then forename_token end as full_forename_token
    from involvements

),

written as not materialized (

    select
        named.*,
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
                coalesce(named.{{ token }}::text, ''){{ ',' if not loop.last }}
            {% endfor %}
        ) as written_as,
        -- The force's own number, a PNC identifier, or a whole name with a day of birth that is no placeholder: whoever
        -- is written alike by these is one person. Less than that fits many, and stands for nobody beyond its crime.
        num_nonnulls(named.person_ref_token, named.pnc_token) > 0
        or (
            num_nonnulls(named.surname_token, named.full_forename_token, named.date_of_birth_token) = 3
            and not coalesce(named.date_of_birth_is_placeholder, false)
        ) as is_known_beyond_crime,
        num_nonnulls(
            named.person_ref_token,
            named.pnc_token,
            named.surname_token,
            named.forename_token,
            named.date_of_birth_token
        ) = 0 as is_anonymous
    from named

),

-- Numbered on the crime, so that the key is the same when the crime is sent again. Only where it is in the key, and
-- apart from the rows themselves: to put wide ones in order would take longer than all else here.
numbered as (

    select
        load_id,
        extract_name,
        row_number,
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

),

-- A person nested in a crime's record belongs to that row; any other, to the crime of that reference in the delivery.
placed as (

    select
        written.*,
        loads.force_code,
        loads.delivery_on,
        loads.delivery_order,
        loads.layout_valid_from,
        md5(
            loads.force_code || '|' || loads.delivery_on::text || '|' || loads.correction_number::text || '|'
            || written.extract_name || '|' || written.row_number::text
        ) as involvement_key,
        coalesce(crimes_by_row.fate, crimes_by_reference.fate, 'quarantined') as crime_fate,
        numbered.place_on_crime
    from written
    inner join loads on written.load_id = loads.load_id
    left join numbered
        on
            written.load_id = numbered.load_id
            and written.extract_name = numbered.extract_name
            and written.row_number = numbered.row_number
    left join crimes_by_row
        on
            written.load_id = crimes_by_row.load_id
            and written.extract_name = crimes_by_row.extract_name
            and written.crime_row_number = crimes_by_row.row_number
    left join crimes_by_reference
        on
            written.load_id = crimes_by_reference.load_id
            and written.crime_key = crimes_by_reference.crime_key
            and written.crime_row_number is null

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
from placed
