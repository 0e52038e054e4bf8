{#- Capitals A to Z and digits, every other run of characters one space, accents off: the same under any collation. -#}
{% macro normalised_form(text) -%}
    trim(regexp_replace(
        upper(regexp_replace(normalize({{ text }}, nfkd), '[\u0300-\u036f]', '', 'g')), '[^A-Z0-9]+', ' ', 'g'
    ))
{%- endmacro %}

{#- '01' and '1' are both 1; what is not a whole number is null. -#}
{% macro normalised_outcome_code(text) -%}
    substring(trim({{ text }}) from '^0*(\d{1,2})$')
{%- endmacro %}
