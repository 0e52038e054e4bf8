{#-
  What the raw layer holds is text: these read it without ever raising an error, which could quote a value.
  Text that is not of the type is null. The patterns come first because PostgreSQL reads 'today', '1/2/2026'
  and '0x1F' too, and the first two mean something else on another day or under another setting.
-#}

{% macro read_date(text) -%}
    case
        when {{ text }} ~ '^\d{4}-\d{2}-\d{2}$' and pg_input_is_valid({{ text }}, 'date') then {{ text }}::date
    end
{%- endmacro %}

{% macro read_integer(text) -%}
    case when {{ text }} ~ '^\d{1,9}$' then {{ text }}::integer end
{%- endmacro %}

{% macro read_boolean(text) -%}
    case {{ text }} when 'true' then true when 'false' then false end
{%- endmacro %}

{% macro read_sex(text) -%}
    case when {{ text }} in ('M', 'F') then {{ text }} end
{%- endmacro %}

{#- A list that is not one is read as a list of that one text, so that it is reported and not lost. -#}
{% macro read_json_list(text) -%}
    case
        when not pg_input_is_valid({{ text }}, 'jsonb') then jsonb_build_array({{ text }})
        when jsonb_typeof({{ text }}::jsonb) = 'array' then {{ text }}::jsonb
        else jsonb_build_array({{ text }})
    end
{%- endmacro %}

{#- The function that the gate reads forces by too: what names none, or could name several, is null. -#}
{% macro read_force_code(text) -%}
    reference.force_code({{ text }})
{%- endmacro %}
