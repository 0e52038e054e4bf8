{#-
  dbt's own macro of this name asks PostgreSQL twice for the columns of every table and seed, a sixth of what dbt does in
  a build. This one does not ask, and writes what describes the table and its columns in one go. A column that is
  described and is not there fails its model: PostgreSQL names it.
-#}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() -%}
        {%- for name, column in model.columns.items() -%}
            {%- set written = adapter.quote(name) if column['quote'] else name -%}
            {%- set comment = postgres_escape_comment(column['description']) -%}
            {%- do comments.append('comment on column ' ~ relation ~ '.' ~ written ~ ' is ' ~ comment ~ ';') -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if comments -%}
        {%- do run_query(comments | join('\n')) -%}
    {%- endif -%}
{%- endmacro %}
