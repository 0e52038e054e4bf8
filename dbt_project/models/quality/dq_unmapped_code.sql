with coded_values as (

    select * from {{ ref('int_coded_value') }}

),

unmapped as (

    select
        force_code,
        column_name,
        scheme,
        value,
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
        row_count,
        first_seen_on,
        last_seen_on
    from unmapped

)

select
    force_code,
    column_name,
    scheme,
    value,
    sum(row_count)::bigint as row_count,
    min(first_seen_on) as first_seen_on,
    max(last_seen_on) as last_seen_on
from shown
group by force_code, column_name, scheme, value
