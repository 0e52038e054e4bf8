{#- Capitals A to Z and digits, every other run of characters one space, accents off: the same under any collation. -#}
{% macro normalised_form(text) -%}
    trim(regexp_replace(
        upper(regexp_replace(normalize({{ text }}, nfkd), '[\u0300-\u036f]', '', 'g')), '[^A-Z0-9]+', ' ', 'g'
    ))
{%- endmacro %}

{#- '020/05', '20/5', '20-05' and '02005' are all 020/05; what does not read as class and subclass is null. -#}
{% macro normalised_home_office_code(text) -%}
    {%- set class_and_subclass = "'^(\d{1,3}(?=[/-])|\d{3}(?=\d{2}$))[/-]?(\d{1,2})$'" -%}
    lpad((regexp_match(trim({{ text }}), {{ class_and_subclass }}))[1], 3, '0')
    || '/'
    || lpad((regexp_match(trim({{ text }}), {{ class_and_subclass }}))[2], 2, '0')
{%- endmacro %}

{#- '01' and '1' are both 1; what is not a whole number is null. -#}
{% macro normalised_outcome_code(text) -%}
    substring(trim({{ text }}) from '^0*(\d{1,2})$')
{%- endmacro %}
