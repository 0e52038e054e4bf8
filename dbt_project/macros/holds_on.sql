{#-
  Whether a row of `offence_category` holds for a crime: the law by the day of the offence, the counting rules by that
  of the record.
-#}
{% macro holds_on(category, crime) -%}
    {{ crime }}.legal_basis_on >= coalesce({{ category }}.offence_from, '-infinity')
            and {{ crime }}.legal_basis_on <= coalesce({{ category }}.offence_to, 'infinity')
            and {{ crime }}.recorded_on >= coalesce({{ category }}.recorded_from, '-infinity')
            and {{ crime }}.recorded_on <= coalesce({{ category }}.recorded_to, 'infinity')
{%- endmacro %}
