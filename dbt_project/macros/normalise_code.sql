{#-
  Capitals A to Z and digits, every other run of characters one space, accents off: the same under any collation. Signs
  of `<13`, `>16` and `18+` are words first, or each would be the other; `&amp;` is the sign that it names.
-#}
{% macro normalised_form(text) -%}
    trim(regexp_replace(
        upper(regexp_replace(normalize({{ signs_as_words(text) }}, nfkd), '[\u0300-\u036f]', '', 'g')),
        '[^A-Z0-9]+', ' ', 'g'
    ))
{%- endmacro %}

{% macro signs_as_words(text) -%}
    case
        when {{ text }} !~ '[<>≤≥+]|&[A-Za-z#]' then {{ text }}
        else
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            regexp_replace({{ text }}, '(<|≤|&lt;)=? ?(?=[0-9])', ' under ', 'g'),
                            '(>|≥|&gt;)=? ?(?=[0-9])', ' over ', 'g'
                        ),
                        '([0-9]) ?[+](?! ?[0-9])', '\1 or over ', 'g'
                    ),
                    '&(?:amp;)*([a-z])(?:acute|caron|cedil|circ|grave|ring|tilde|uml);', '\1', 'gi'
                ),
                '&(?:amp;)*(?:[a-z]{2,6}|#x?[0-9a-f]{2,5});', ' ', 'gi'
            )
    end
{%- endmacro %}

{#- '01' and '1' are both 1; what is not a whole number is null. -#}
{% macro normalised_outcome_code(text) -%}
    substring(trim({{ text }}) from '^0*(\d{1,2})$')
{%- endmacro %}
