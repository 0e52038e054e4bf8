{#-
  All rules of a seed in one test, since dbt spends more on a test than PostgreSQL on its query. A row of the result is a
  rule that is broken: its seed, the rule, its columns and how many rows or values break it. `csae.transform` reads it to say which.

  - not_null: [a, b]                  none is null
  - unique: [a, b]                    in each of them, no value stands twice; nulls may
  - unique_together: [a, b]           no two rows have the same values in all of them; nulls count as equal
  - accepted_values: a, values: […]   null, or one of these
  - relationships: a, to: ref('…'), field: b    null, or in that column of that relation

  Each may have a `where`, and then holds for those rows only.
-#}
{% test rules(model, rules) %}
    {%- set broken = [] -%}
    {%- for rule in rules -%}
        {%- set rows = '(select * from ' ~ model ~ ' where ' ~ rule.get('where', 'true') ~ ') as ruled' -%}
        {%- for column in rule.get('not_null', []) -%}
            {%- do broken.append(('not_null', column, 'select from ' ~ rows ~ ' where ' ~ column ~ ' is null')) -%}
        {%- endfor -%}
        {%- for column in rule.get('unique', []) -%}
            {%- do broken.append(('unique', column,
                'select from ' ~ rows ~ ' where ' ~ column ~ ' is not null group by ' ~ column ~ ' having count(*) > 1')) -%}
        {%- endfor -%}
        {%- if rule.unique_together -%}
            {%- set columns = rule.unique_together | join(', ') -%}
            {%- do broken.append(('unique_together', columns,
                'select from ' ~ rows ~ ' group by ' ~ columns ~ ' having count(*) > 1')) -%}
        {%- endif -%}
        {%- if rule.accepted_values -%}
            {%- set quoted = [] -%}
            {%- for value in rule['values'] -%}
                {%- do quoted.append(dbt.string_literal(value)) -%}
            {%- endfor -%}
            {%- do broken.append(('accepted_values', rule.accepted_values,
                'select from ' ~ rows ~ ' where ' ~ rule.accepted_values ~ '::text not in (' ~ quoted | join(', ') ~ ')')) -%}
        {%- endif -%}
        {%- if rule.relationships -%}
            {%- do broken.append(('relationships', rule.relationships,
                'select from ' ~ rows ~ ' where ' ~ rule.relationships ~ ' is not null and not exists (select from '
                ~ rule.to ~ ' as other where other.' ~ rule.field ~ ' = ruled.' ~ rule.relationships ~ ')')) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for rule, columns, rows in broken %}
    select
        '{{ model.identifier }}' as relation_name,
        '{{ rule }}' as rule,
        '{{ columns }}' as columns,
        count(*) as breaking
    from ({{ rows }}) as breaks
    having count(*) > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endtest %}
