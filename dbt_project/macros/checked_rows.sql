{#-
  Which rows the data tests read: decision 0034. A night that built what changed names `--vars {checked: changed}`, and
  then they read the rows that it replaced, of each model those that its pre-hook deletes. Without that, all rows.
-#}
{#- The rows of a relation that a test reads, by what `changed` lists; for a test that reads several models. -#}
{% macro checked_rows(relation, key, changed) -%}
    select rows_of.*
    from {{ relation }} as rows_of
    {%- if var('checked', 'all') == 'changed' %}
    where rows_of.{{ key }} in (select changed.{{ key }} from {{ changed }} as changed)
    {%- endif %}
{%- endmacro %}

{#- The same of a model that is kept by crimes, with rows that name none and are kept by their load. -#}
{% macro checked_rows_of_crimes(relation, changed, loads) -%}
    {{ checked_rows(relation, 'crime_key', changed) }}
    {%- if var('checked', 'all') == 'changed' %}
    union all
    {{ checked_rows(relation, 'load_id', loads) }}
        and rows_of.crime_key is null
    {%- endif %}
{%- endmacro %}

{#-
  dbt asks this what a test of a model or column reads. By what a model deletes it is known what it built: whatever is
  told in another way is read whole.
-#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- set rows = checked_of_model(relation) if execute and var('checked', 'all') == 'changed' else '' -%}
    {%- if not rows and not where -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set whole = '(' ~ rows ~ ')' if rows else relation -%}
    {{ return('(select * from ' ~ whole ~ ' as checked' ~ (' where ' ~ where if where else '') ~ ') as dbt_subquery') }}
{%- endmacro %}

{% macro checked_of_model(relation) -%}
    {%- set found = namespace(rows='') -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.alias == relation.identifier -%}
        {%- for hook in node.config['pre-hook'] -%}
            {%- set deleted = modules.re.search("delete_changed\\('(\\w+)', ref\\('(\\w+)'\\)", hook.sql) -%}
            {%- if deleted -%}
                {%- set changed = api.Relation.create(schema='intermediate', identifier=deleted.group(2)) -%}
                {%- set loads = modules.re.search("loads=ref\\('(\\w+)'\\)", hook.sql) -%}
                {%- if loads -%}
                    {%- set of_loads = api.Relation.create(schema='intermediate', identifier=loads.group(1)) -%}
                    {%- set found.rows = checked_rows_of_crimes(relation, changed, of_loads) -%}
                {%- else -%}
                    {%- set found.rows = checked_rows(relation, deleted.group(1), changed) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found.rows) }}
{%- endmacro %}

{#- The other rows: what a test takes from counts that are kept, since the nights that built them counted the rows. -#}
{% macro rows_not_checked(relation, key, changed) -%}
    select rows_of.*
    from {{ relation }} as rows_of
    {%- if var('checked', 'all') == 'changed' %}
    where rows_of.{{ key }} not in (select changed.{{ key }} from {{ changed }} as changed)
    {%- else %}
    where false
    {%- endif %}
{%- endmacro %}
