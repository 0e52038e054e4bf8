{#- Capitals A to Z and digits, every other run of characters one space, accents off: the same under any collation. -#}
{% macro normalised_form(text) -%}
    trim(regexp_replace(
        upper(regexp_replace(normalize({{ text }}, nfkd), '[\u0300-\u036f]', '', 'g')), '[^A-Z0-9]+', ' ', 'g'
    ))
{%- endmacro %}

{#-
  The words of a normal form that say something, each once and sorted: in what order they stand says nothing.
  `wording_word` says which words of a subject stand for others or for nothing. `UNDER 18` is one word, or it could not
  be told whose age it is: `child under 13, offender 18`.
-#}
{% macro word_key(form, subject) -%}
    (
        select string_agg(distinct said.word collate "C", ' ' order by said.word collate "C")
        from regexp_split_to_table(
            regexp_replace({{ with_phrases(form, subject) }}, '\m(?:UNDER|U)(?: THE AGE OF| AGE| AGED)? ([0-9]+)\M', 'UNDER\1', 'g'), ' '
        ) as written (word)
        left join {{ ref('wording_word') }} as words on {{ subject }} = words.subject and written.word = words.word
        cross join lateral regexp_split_to_table(
            case when words.word is null then written.word else words.stands_for end, ' '
        ) as said (word)
        where said.word <> ''
    )
{%- endmacro %}

{#- '01' and '1' are both 1; what is not a whole number is null. -#}
{% macro normalised_outcome_code(text) -%}
    substring(trim({{ text }}) from '^0*(\d{1,2})$')
{%- endmacro %}
