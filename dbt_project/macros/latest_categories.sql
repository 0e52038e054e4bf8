{#-
  The category of today for any crime of a code, where the code has had several; 19J and 19K are of the crime and not of
  the code.
-#}
{% macro latest_categories(offence_categories) -%}
    select distinct on (home_office_code)
        home_office_code,
        offence_category
    from {{ offence_categories }}
    where applies_to = 'any_crime'
    order by
        home_office_code asc,
        coalesce(recorded_to, offence_to, 'infinity') desc,
        coalesce(recorded_from, offence_from, '-infinity') desc
{%- endmacro %}
