with coded_values as (

    select * from {{ ref('int_coded_value') }}

),

suggestions as (

    select * from {{ ref('stg_value_suggestion') }}

),

unmapped as (

    select
        force_code,
        column_name,
        scheme,
        value,
        rule,
        row_count,
        first_seen_on,
        last_seen_on,
        sum(row_count) over (partition by force_code, column_name, value) as rows_with_value
    from coded_values
    where is_unmapped

),

-- A column that is mapped wrongly may bring names. What is short or common is taken for a code, the rest is counted.
shown as (

    select
        force_code,
        column_name,
        scheme,
        case
            when value ~ '^[A-Za-z0-9/ -]{1,6}$' and (length(value) <= 3 or value ~ '[0-9]') then value
            when rows_with_value >= 10 then value
            else '[not shown]'
        end as value,
        rule,
        row_count,
        first_seen_on,
        last_seen_on
    from unmapped

),

counted as (

    select
        force_code,
        column_name,
        scheme,
        value,
        rule as reason,
        sum(row_count)::bigint as row_count,
        min(first_seen_on) as first_seen_on,
        max(last_seen_on) as last_seen_on
    from shown
    group by force_code, column_name, scheme, value, rule

)

select
    counted.force_code,
    counted.column_name,
    counted.scheme,
    counted.value,
    counted.reason,
    counted.row_count,
    counted.first_seen_on,
    counted.last_seen_on,
    suggestions.suggested_code,
    suggestions.suggestion_score,
    suggestions.suggestion_evidence
from counted
left join suggestions
    on
        counted.force_code = suggestions.force_code
        and counted.column_name = suggestions.column_name
        and counted.value = suggestions.value
        and coalesce(counted.scheme, '') = suggestions.scheme
