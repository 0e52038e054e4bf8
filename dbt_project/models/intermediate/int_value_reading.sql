with distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

codes as (

    select * from {{ ref('int_code_map') }}

),

wording_readings as (

    select * from {{ ref('int_wording_reading') }}

),

label_readings as (

    select * from {{ ref('int_label_reading') }}

),

member_readings as (

    select * from {{ ref('int_member_reading') }}

),

part_readings as (

    select * from {{ ref('int_part_reading') }}

),

crime_code_readings as (

    select * from {{ ref('int_crime_code_reading') }}

),

by_code as (

    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        codes.rule,
        codes.harmonised_code
    from distinct_values
    inner join codes
        on
            distinct_values.force_code = codes.force_code
            and distinct_values.layout_valid_from = codes.layout_valid_from
            and distinct_values.column_name = codes.column_name
            and distinct_values.form = codes.code

),

by_wording as (

    select * from wording_readings
    where read_from = 'value'

)

{% for reading in [
    'by_code', 'by_wording', 'label_readings', 'member_readings', 'part_readings', 'crime_code_readings'
] %}
    select
        force_code,
        layout_valid_from,
        column_name,
        value,
        rule,
        harmonised_code
    from {{ reading }}
    {{ 'union all' if not loop.last }}
{% endfor %}
