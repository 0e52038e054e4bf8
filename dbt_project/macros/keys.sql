{#- One crime, known by the force that holds it and that force's reference. -#}
{% macro crime_key(force_code, crime_ref_token) -%}
    md5({{ force_code }} || '|' || {{ crime_ref_token }})
{%- endmacro %}

{#- One case, known by the source that reviews or reports it and that source's reference. -#}
{% macro case_key(source_code, case_ref_token) -%}
    md5({{ source_code }} || '|' || {{ case_ref_token }})
{%- endmacro %}
