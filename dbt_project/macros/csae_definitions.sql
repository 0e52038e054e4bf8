{#- A row for each category and code in `memberships`: which definitions count it, and which of those always. -#}
{% macro offences_by_definition(memberships) -%}
    select
        offence_category,
        home_office_code,
        bool_or(definition = 'statutory_list') as is_in_statutory_list,
        bool_or(definition = 'statutory_list' and is_always_in) as is_always_in_statutory_list,
        bool_or(definition = 'statutory_list_with_images') as is_in_statutory_list_with_images,
        bool_or(definition = 'statutory_list_with_images' and is_always_in) as is_always_in_statutory_list_with_images,
        bool_or(definition = 'npcc_wider') as is_in_npcc_wider,
        bool_or(definition = 'npcc_wider' and is_always_in) as is_always_in_npcc_wider
    from {{ memberships }}
    group by offence_category, home_office_code
{%- endmacro %}

{#-
  Whether a definition counts a crime, from its row of `offences_by_definition`: it may count some offences only where a
  victim is known to be a child or the force flags child abuse.
-#}
{% macro is_in_definition(definition, definitions, is_of_a_child) -%}
    coalesce(
        case
            when {{ is_of_a_child }} then {{ definitions }}.is_in_{{ definition }}
            else {{ definitions }}.is_always_in_{{ definition }}
        end,
        false
    )
{%- endmacro %}
