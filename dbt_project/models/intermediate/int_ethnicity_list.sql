{% set before_list = '(?: *[(:[] *| +[-–—] +)' -%}
with distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

-- Marks between categories; `and` is tried last, for `White and Asian` is one of them.
list_marks (mark_place, list_mark) as (

    values
    (1, ' *[,;/|] *(?:(?:or|neu|and|ac|a|&) +)?| +(?:or|neu) +| +and +(?=(?:any +)?other|white)'),
    (2, ' *[,;/|&+] *(?:(?:or|neu|and|ac|a|&) +)?| +(?:or|neu) +| +and +(?=(?:any +)?other|white)'),
    (3, ' *[,;/|&+] *(?:(?:or|neu|and|ac|a|&) +)?| +(?:or|neu|and|ac|a) +')

),

-- Without the code of a group before its name, as in `B - Black (African/Other)`.
written as (

    select distinct
        value,
        regexp_replace(value, '^ *[WMABO] *[-–—:.)] *', '') as said
    from distinct_values
    where column_name = 'self_defined_ethnicity' and value ~* '[,;/|&+]| (?:or|neu|and|ac|a) '

),

-- A group before the first mark or behind the last; where there is no mark, the first of the list may be it.
lists as (

    select
        value,
        'behind' as list_place,
        substring(said from '^(.*?){{ before_list }}') as group_name,
        substring(said from '^.*?{{ before_list }}(.*)$') as written_list
    from written
    where said ~ '{{ before_list }}'
    union all
    select
        value,
        'before' as list_place,
        substring(said from '^.*{{ before_list }}(.*)$') as group_name,
        substring(said from '^(.*){{ before_list }}') as written_list
    from written
    where said ~ '{{ before_list }}'
    union all
    select
        value,
        'alone' as list_place,
        null as group_name,
        said as written_list
    from written
    where said !~ '{{ before_list }}'

),

items as (

    select
        lists.value,
        lists.list_place,
        list_marks.mark_place,
        {{ normalised_form('lists.group_name') }} as group_form,
        {{ normalised_form('written_items.item') }} as item_form,
        written_items.place
    from lists
    cross join list_marks
    cross join lateral regexp_split_to_table(
        lists.written_list, list_marks.list_mark, 'i'
    ) with ordinality as written_items (item, place)

)

select
    value,
    list_place,
    mark_place,
    row_number() over one_list as item_place,
    coalesce(group_form, first_value(item_form) over one_list) as group_form,
    item_form
from items
where item_form <> ''
window one_list as (partition by value, list_place, mark_place order by place)
