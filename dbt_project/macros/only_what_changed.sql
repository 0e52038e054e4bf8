{#-
  The nightly build replaces the rows of what changed and leaves the rest: decision 0023. A model has `delete_changed` as
  its pre-hook and reads its rows by `changed_rows` or `rows_of_changed_crimes`. In a full build all of these are as if
  they were not there; and in a unit test, which builds a model alone and has no `this`.
-#}

{#-
  Deleted by what changed and not by what there is now: a key may have no row any more. Rows that name no crime are
  deleted by their load, where `loads` are given. `after` names a model that reads these rows before they go.
-#}
{% macro delete_changed(key, changed, loads=none, after=none) -%}
    {%- if this is not none and is_incremental() %}
        {%- if loads is not none %}
            delete from {{ this }} as built
            using {{ loads }} as changed
            where built.crime_key is null and built.load_id = changed.load_id;
        {%- endif %}
        delete from {{ this }} as built
        using {{ changed }} as changed
        where built.{{ key }} = changed.{{ key }}
    {%- endif %}
{%- endmacro %}

{#- Of pairs of crimes, those of which both are listed. -#}
{% macro delete_changed_pairs(changed) -%}
    {%- if this is not none and is_incremental() %}
        delete from {{ this }} as built
        using {{ changed }} as one, {{ changed }} as other
        where built.crime_key = one.crime_key and built.other_crime_key = other.crime_key
    {%- endif %}
{%- endmacro %}

{#- For a model that asks for more rows than those that changed: a full build has them all already. -#}
{% macro builds_what_changed() -%}
    {{ return(this is not none and is_incremental()) }}
{%- endmacro %}

{#- The rows of a relation whose key is among those that changed; `changed` names the model that lists them. -#}
{% macro changed_rows(relation, key, changed) -%}
    select rows_of.*
    from {{ relation }} as rows_of
    {%- if this is not none and is_incremental() %}
    inner join {{ ref(changed) }} as changed on rows_of.{{ key }} = changed.{{ key }}
    {%- endif %}
{%- endmacro %}

{#- The rows of changed crimes; of rows that name no crime, those of changed loads. -#}
{% macro rows_of_changed_crimes(relation, changed) -%}
    {{ changed_rows(relation, 'crime_key', changed) }}
    {%- if this is not none and is_incremental() %}
    union all
    {{ changed_rows(relation, 'load_id', 'int_changed_load') }}
    where rows_of.crime_key is null
    {%- endif %}
{%- endmacro %}

{#-
  A model as the build before left it: named and not referred to, since it is itself built from what changed. The
  columns are for a full build, which has nothing before it.
-#}
{% macro as_built_before(model, columns) -%}
    {%- if this is not none and is_incremental() %}
    intermediate.{{ model }}
    {%- else %}
    (select {{ columns }} where false) as {{ model }}
    {%- endif %}
{%- endmacro %}

{#- What changed is itself worked out anew each time. It is `incremental` to see what it listed before. -#}
{% macro get_incremental_anew_sql(arg_dict) -%}
    delete from {{ arg_dict['target_relation'] }};
    {{ get_incremental_append_sql(arg_dict) }}
{%- endmacro %}

{#-
  New statistics where the old ones hold no more: a table has none, or a twentieth of its rows were replaced since. To
  take them of each table each night reads 30,000 rows of it, and pages of as many in a large one.
-#}
{% macro analyze_changed() -%}
    {%- if config.get('materialized') != 'view' %}
        do $$
        begin
            if (
                select
                    coalesce(pg_stat_get_mod_since_analyze(oid), 0) + pg_stat_get_xact_tuples_inserted(oid)
                    + pg_stat_get_xact_tuples_deleted(oid) > 0.05 * reltuples
                from pg_class
                where oid = '{{ this }}'::regclass
            ) then
                analyze {{ this }};
            end if;
        end
        $$
    {%- endif %}
{%- endmacro %}

{#- Of forms, those that stand nowhere any more. -#}
{% macro delete_other_forms(forms) -%}
    {%- if this is not none and is_incremental() %}
        delete from {{ this }} as built
        where not exists (
            select 1 from {{ forms }} as form_rows
            where form_rows.subject = built.subject and form_rows.form = built.form
        )
    {%- endif %}
{%- endmacro %}
