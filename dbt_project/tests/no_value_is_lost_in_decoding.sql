-- By force and column: the rows of all distinct values are the filled rows of the current records. A night counts the
-- rows of the slices that it built, and takes those of others as they are kept.
with crimes as (

    {{ checked_rows(ref('int_crime_current'), 'month_slice', ref('int_changed_slice')) }}

),

involvements as (

    {{ checked_rows(ref('int_involvement_current'), 'month_slice', ref('int_changed_slice')) }}

),

kept_counts as (

    {{ rows_not_checked(ref('int_value_count'), 'month_slice', ref('int_changed_slice')) }}

),

coded_values as (

    select * from {{ ref('int_coded_value') }}

),

filled_crimes as (

    select
        force_code,
        count(home_office_code) as home_office_code,
        count(cjs_code) as cjs_code,
        count(offence_title) as offence_title,
        count(offence_category) as offence_category,
        count(outcome_code) as outcome_code,
        count(transfer_force) as transfer_force
    from crimes
    group by force_code

),

filled_involvements as (

    select
        force_code,
        count(self_defined_ethnicity) as self_defined_ethnicity,
        count(observed_ethnicity) as observed_ethnicity,
        count(immigration_status) as immigration_status
    from involvements
    group by force_code

),

listed as (

    select
        force_code,
        nationalities,
        count(*) as people
    from involvements
    where nationalities is not null
    group by force_code, nationalities
    union all
    select
        force_code,
        value as nationalities,
        row_count as people
    from kept_counts
    where column_name = 'nationalities'

),

-- Each list once, whatever slices it is in: to take one apart costs more than to count it.
lists as (

    select
        force_code,
        nationalities,
        sum(people) as people
    from listed
    group by force_code, nationalities

),

filled_rows as (

    {% for column_name, relation in [
        ('home_office_code', 'crimes'),
        ('cjs_code', 'crimes'),
        ('offence_title', 'crimes'),
        ('offence_category', 'crimes'),
        ('outcome_code', 'crimes'),
        ('transfer_force', 'crimes'),
        ('self_defined_ethnicity', 'involvements'),
        ('observed_ethnicity', 'involvements'),
        ('immigration_status', 'involvements'),
    ] %}
        select
            force_code,
            '{{ column_name }}' as column_name,
            {{ column_name }} as row_count
        from filled_{{ relation }}
        union all
    {% endfor %}
    select
        lists.force_code,
        'nationalities' as column_name,
        sum(lists.people) as row_count
    from lists
    cross join lateral jsonb_array_elements_text({{ read_json_list('lists.nationalities') }}) as element (value)
    where trim(element.value) <> ''
    group by lists.force_code
    union all
    select
        force_code,
        column_name,
        row_count
    from kept_counts
    where column_name <> 'nationalities'

),

filled as (

    select
        force_code,
        column_name,
        sum(row_count) as row_count
    from filled_rows
    group by force_code, column_name

),

decoded as (

    select
        force_code,
        column_name,
        sum(row_count) as row_count
    from coded_values
    group by force_code, column_name

)

select
    coalesce(filled.force_code, decoded.force_code) as force_code,
    coalesce(filled.column_name, decoded.column_name) as column_name,
    filled.row_count as rows_filled,
    decoded.row_count as rows_decoded
from filled
full outer join decoded on filled.force_code = decoded.force_code and filled.column_name = decoded.column_name
where coalesce(filled.row_count, 0) <> coalesce(decoded.row_count, 0)
