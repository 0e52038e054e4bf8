with distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

readings as (

    select * from {{ ref('int_value_reading') }}

),

schemes as (

    select * from {{ ref('stg_code_scheme') }}

),

rules as (

    select * from {{ ref('decoding_rule') }}

),

-- The first rule that fits, by rank.
decoded as (

    select distinct on (readings.force_code, readings.layout_valid_from, readings.column_name, readings.value)
        readings.force_code,
        readings.layout_valid_from,
        readings.column_name,
        readings.value,
        readings.rule,
        readings.harmonised_code
    from readings
    inner join rules on readings.rule = rules.rule
    order by
        readings.force_code asc,
        readings.layout_valid_from asc,
        readings.column_name asc,
        readings.value asc,
        rules.rule_rank asc

)

select
    distinct_values.force_code,
    distinct_values.layout_valid_from,
    distinct_values.column_name,
    distinct_values.value,
    schemes.scheme,
    decoded.harmonised_code,
    rules.rule,
    rules.confidence,
    not rules.is_decoded as is_unmapped,
    distinct_values.row_count,
    distinct_values.first_seen_on,
    distinct_values.last_seen_on
from distinct_values
left join decoded
    on
        distinct_values.force_code = decoded.force_code
        and distinct_values.layout_valid_from = decoded.layout_valid_from
        and distinct_values.column_name = decoded.column_name
        and distinct_values.value = decoded.value
inner join rules on coalesce(decoded.rule, 'not_known') = rules.rule
left join schemes
    on
        distinct_values.force_code = schemes.force_code
        and distinct_values.layout_valid_from = schemes.layout_valid_from
        and distinct_values.column_name = schemes.column_name
