with crimes as (

    select * from {{ ref('fct_offence_type') }}

),

definitions as (

    select * from {{ ref('csae_definition') }}

),

counted as (

    {% for definition in ['statutory_list', 'statutory_list_with_images', 'npcc_wider'] %}
        select
            '{{ definition }}' as definition,
            force_code,
            csae_category
        from crimes
        where is_in_{{ definition }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    definitions.definition,
    counted.force_code,
    counted.csae_category,
    count(*) as crimes
from definitions
inner join counted on definitions.definition = counted.definition
group by definitions.definition, counted.force_code, counted.csae_category
