with value_counts as (

    select * from {{ ref('int_value_count') }}

),

-- Millions of people share a few thousand lists: each is taken apart once.
lists as (

    select
        force_code,
        layout_valid_from,
        value as nationalities,
        sum(row_count)::bigint as people,
        min(first_seen_on) as first_seen_on,
        max(last_seen_on) as last_seen_on
    from value_counts
    where column_name = 'nationalities'
    group by force_code, layout_valid_from, value

),

elements as (

    select
        lists.force_code,
        lists.layout_valid_from,
        lists.nationalities,
        lists.people,
        lists.first_seen_on,
        lists.last_seen_on,
        element.list_position,
        nullif(trim(element.nationality_value), '') as nationality_value
    from lists
    cross join lateral jsonb_array_elements_text(
        {{ read_json_list('lists.nationalities') }}
    ) with ordinality as element (nationality_value, list_position)

)

select
    force_code,
    layout_valid_from,
    nationalities,
    list_position,
    nationality_value,
    people,
    first_seen_on,
    last_seen_on
from elements
where nationality_value is not null
