{#- One crime, known by the force that holds it and that force's reference. -#}
{% macro crime_key(force_code, crime_ref_token) -%}
    md5({{ force_code }} || '|' || {{ crime_ref_token }})
{%- endmacro %}
