with crimes as (

    select * from {{ ref('int_crime_count') }}

),

definitions as (

    select * from {{ ref('csae_definition') }}

),

counted as (

    {% for definition in ['statutory_list', 'statutory_list_with_images', 'npcc_wider'] %}
        select
            '{{ definition }}' as definition,
            force_code,
            csae_category,
            crimes
        from crimes
        where is_in_{{ definition }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    definitions.definition,
    counted.force_code,
    counted.csae_category,
    sum(counted.crimes)::bigint as crimes
from definitions
inner join counted on definitions.definition = counted.definition
group by definitions.definition, counted.force_code, counted.csae_category
