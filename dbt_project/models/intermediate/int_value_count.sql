{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('month_slice', ref('int_changed_slice')) }}",
        indexes=[{'columns': ['month_slice']}],
    )
}}

with crimes as (

    {{ changed_rows(ref('int_crime_current'), 'month_slice', 'int_changed_slice') }}

),

involvements as (

    {{ changed_rows(ref('int_involvement_current'), 'month_slice', 'int_changed_slice') }}

),

counted as (

    {% for column_name, relation in [
        ('self_defined_ethnicity', 'involvements'),
        ('observed_ethnicity', 'involvements'),
        ('immigration_status', 'involvements'),
        ('nationalities', 'involvements'),
        ('home_office_code', 'crimes'),
        ('cjs_code', 'crimes'),
        ('offence_title', 'crimes'),
        ('offence_category', 'crimes'),
        ('outcome_code', 'crimes'),
        ('transfer_force', 'crimes'),
    ] %}
        select
            month_slice,
            force_code,
            layout_valid_from,
            '{{ column_name }}' as column_name,
            {{ column_name }} as value,
            count(*) as row_count,
            min(delivery_on) as first_seen_on,
            max(delivery_on) as last_seen_on
        from {{ relation }}
        where {{ column_name }} is not null
        group by month_slice, force_code, layout_valid_from, {{ column_name }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    month_slice,
    force_code,
    layout_valid_from,
    column_name,
    value,
    row_count,
    first_seen_on,
    last_seen_on
from counted
