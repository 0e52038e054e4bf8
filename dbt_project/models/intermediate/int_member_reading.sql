{% set headings = {'W': 'WHITE', 'M': 'MIXED', 'A': 'ASIAN', 'B': 'BLACK', 'O': 'OTHER'} -%}
with lists as (

    select * from {{ ref('int_ethnicity_list') }}

),

distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

form_keys as (

    select * from {{ ref('int_form_key') }}
    where subject = 'ethnicity'

),

wordings as (

    select * from {{ ref('int_wording') }}
    where column_name = 'self_defined_ethnicity'

),

headings (ethnicity_group, heading) as (

    values
    {% for group, heading in headings.items() %}
        ('{{ group }}', '{{ heading }}'){{ ',' if not loop.last }}
    {% endfor %}

),

forms as (

    select group_form as form from lists
    union
    select item_form as form from lists
    union
    select headings.heading || ' ' || lists.item_form as form
    from lists
    cross join headings

),

-- As `int_wording_reading` does: the first that is listed tells.
form_readings as (

    {% for key_kind, key, place in [
        ('form', 'forms.form', 1), ('said', 'form_keys.said', 2), ('words', 'form_keys.words', 3)
    ] %}
        select
            forms.form,
            {{ place }} as place,
            wordings.harmonised_code
        from forms
        {% if key_kind != 'form' %}
            inner join form_keys on forms.form = form_keys.form
        {% endif %}
        inner join wordings on wordings.key_kind = '{{ key_kind }}' and {{ key }} = wordings.wording_key
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

first_readings as (

    select distinct on (form)
        form,
        harmonised_code
    from form_readings
    order by form asc, place asc

),

categories as (

    select
        form,
        harmonised_code,
        left(harmonised_code, 1) as ethnicity_group
    from first_readings
    where harmonised_code ~ '^[WMABO][0-9]?$'

),

grouped as (

    select
        lists.value,
        lists.list_place,
        lists.mark_place,
        lists.item_place,
        lists.item_form,
        categories.ethnicity_group,
        length(categories.harmonised_code) = 1 as has_heading
    from lists
    inner join categories on lists.group_form = categories.form
    where lists.list_place = 'alone' or length(categories.harmonised_code) = 1

),

-- The first of a list that stands alone is its heading where it is the group.
members as (

    select
        grouped.value,
        grouped.list_place,
        grouped.mark_place,
        grouped.item_form,
        grouped.ethnicity_group,
        grouped.has_heading,
        grouped.item_place = case when grouped.list_place = 'alone' and grouped.has_heading then 2 else 1 end
            as is_first,
        case
            when grouped.has_heading and headed.ethnicity_group = grouped.ethnicity_group then headed.harmonised_code
            when grouped.has_heading or alone.ethnicity_group = grouped.ethnicity_group then alone.harmonised_code
            else headed.harmonised_code
        end as harmonised_code,
        alone.harmonised_code as code_alone,
        grouped.has_heading or coalesce(alone.ethnicity_group, grouped.ethnicity_group) = grouped.ethnicity_group
            as is_sure
    from grouped
    inner join headings on grouped.ethnicity_group = headings.ethnicity_group
    left join categories as alone on grouped.item_form = alone.form
    left join categories as headed on headings.heading || ' ' || grouped.item_form = headed.form
    where grouped.list_place <> 'alone' or not grouped.has_heading or grouped.item_place > 1

),

-- Two categories or more are the group; a category twice, or the group with one, is no list. `Other African/Caribbean`
-- and `Black, African, Caribbean or Black British African` have a heading that names categories.
of_group as (

    select
        value,
        ethnicity_group,
        bool_and(is_sure) as is_sure
    from members
    group by value, list_place, mark_place, ethnicity_group
    having
        count(*) > 1
        and bool_and(coalesce(left(harmonised_code, 1) = ethnicity_group, false))
        and count(distinct harmonised_code) filter (
            where harmonised_code <> ethnicity_group or (ethnicity_group = 'O' and code_alone = 'O')
        ) > 1
        and not bool_or(
            ethnicity_group = 'B'
            and (
                (is_first and item_form ~ '^(ANY )?OTHER .')
                or (item_form ~ '^BLACK BRITISH .' and (has_heading or not is_first))
            )
        )

),

by_members as (

    select
        value,
        case when count(distinct ethnicity_group) = 1 and bool_and(is_sure) then min(ethnicity_group) end
            as harmonised_code
    from of_group
    group by value

)

-- A listed wording comes first.
select
    distinct_values.force_code,
    distinct_values.layout_valid_from,
    distinct_values.column_name,
    distinct_values.value,
    case when by_members.harmonised_code is null then 'ambiguous' else 'members' end as rule,
    by_members.harmonised_code
from distinct_values
inner join by_members on distinct_values.value = by_members.value
left join wordings on distinct_values.form = wordings.wording_key and wordings.key_kind = 'form'
where distinct_values.column_name = 'self_defined_ethnicity' and wordings.wording_key is null
