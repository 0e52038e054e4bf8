with crimes as (

    select * from {{ ref('int_crime_current') }}

),

involvements as (

    select * from {{ ref('int_involvement_current') }}

),

nationality_lists as (

    select * from {{ ref('int_nationality_list') }}

),

codes as (

    select * from {{ ref('int_code_map') }}

),

schemes as (

    select * from {{ ref('stg_code_scheme') }}

),

offences as (

    select * from {{ ref('home_office_offence') }}

),

outcomes as (

    select * from {{ ref('outcome') }}

),

immigration_forms as (

    select * from {{ ref('immigration_status_form') }}

),

-- Every value that stands in a coded column, once: what follows decodes thousands of values and not millions of rows.
coded_values as (

    {% for column_name, relation in [
        ('self_defined_ethnicity', 'involvements'),
        ('observed_ethnicity', 'involvements'),
        ('immigration_status', 'involvements'),
        ('home_office_code', 'crimes'),
        ('outcome_code', 'crimes'),
    ] %}
        select
            force_code,
            layout_valid_from,
            '{{ column_name }}' as column_name,
            {{ column_name }} as value,
            count(*) as row_count,
            min(delivery_on) as first_seen_on,
            max(delivery_on) as last_seen_on
        from {{ relation }}
        where {{ column_name }} is not null
        group by force_code, layout_valid_from, {{ column_name }}
        union all
    {% endfor %}
    select
        force_code,
        layout_valid_from,
        'nationalities' as column_name,
        nationality_value as value,
        sum(people)::bigint as row_count,
        min(first_seen_on) as first_seen_on,
        max(last_seen_on) as last_seen_on
    from nationality_lists
    group by force_code, layout_valid_from, nationality_value

),

-- Offences and outcomes have one national code set: a code that reads as one of it is one of it, whoever sent it.
national_codes as (

    select
        'home_office_code' as column_name,
        home_office_code as code
    from offences
    union all
    select
        'outcome_code' as column_name,
        outcome_code as code
    from outcomes

),

decoded as (

    select
        coded_values.force_code,
        coded_values.layout_valid_from,
        coded_values.column_name,
        coded_values.value,
        schemes.scheme,
        coalesce(
            codes.harmonised_code,
            immigration_forms.immigration_status,
            case coded_values.column_name
                when 'home_office_code' then {{ normalised_home_office_code('coded_values.value') }}
                when 'outcome_code' then {{ normalised_outcome_code('coded_values.value') }}
            end
        ) as harmonised_code,
        coded_values.row_count,
        coded_values.first_seen_on,
        coded_values.last_seen_on
    from coded_values
    left join schemes
        on
            coded_values.force_code = schemes.force_code
            and coded_values.layout_valid_from = schemes.layout_valid_from
            and coded_values.column_name = schemes.column_name
    left join codes
        on
            coded_values.force_code = codes.force_code
            and coded_values.layout_valid_from = codes.layout_valid_from
            and coded_values.column_name = codes.column_name
            and {{ normalised_form('coded_values.value') }} = codes.code
    left join immigration_forms
        on
            coded_values.column_name = 'immigration_status'
            and {{ normalised_form('coded_values.value') }} = immigration_forms.form

)

select
    decoded.force_code,
    decoded.layout_valid_from,
    decoded.column_name,
    decoded.value,
    decoded.scheme,
    decoded.harmonised_code,
    case
        when decoded.column_name in ('home_office_code', 'outcome_code') then national_codes.code is null
        else decoded.harmonised_code is null
    end as is_unmapped,
    decoded.row_count,
    decoded.first_seen_on,
    decoded.last_seen_on
from decoded
left join national_codes
    on
        decoded.column_name = national_codes.column_name
        and decoded.harmonised_code = national_codes.code
