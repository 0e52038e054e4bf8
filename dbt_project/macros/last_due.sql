{#-
  The last day up to a date on which a delivery was due, as a source's YAML says: `due` names a relation with `due_every`
  and `due_day`, of the week from 0 for Monday, or of the month from 1 to 28, so that every month has it.
-#}
{% macro last_due(day, due) -%}
    case {{ due }}.due_every
        when 'daily' then {{ day }}
        when 'weekdays' then {{ day }} - greatest(extract(isodow from {{ day }})::integer - 5, 0)
        when 'weekly' then {{ day }} - (extract(isodow from {{ day }})::integer + 6 - {{ due }}.due_day) % 7
        when 'monthly' then {{ day }} - extract(day from {{ day }} - ({{ due }}.due_day - 1))::integer + 1
    end
{%- endmacro %}
