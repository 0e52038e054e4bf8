{#- A normal form with each phrase of `wording_phrase` replaced by what it stands for, one after the other by place. -#}
{% macro with_phrases(form, subject) -%}
    (
        with recursive replaced as (
            select
                0 as place,
                {{ form }} as said
            union all
            select
                phrases.phrase_place as place,
                trim(regexp_replace(
                    regexp_replace(
                        replaced.said,
                        '(?<![A-Z0-9])(?:' || phrases.pattern || ')(?![A-Z0-9])',
                        coalesce(phrases.stands_for, ''),
                        'g'
                    ),
                    ' +', ' ', 'g'
                )) as said
            from replaced
            inner join {{ ref('wording_phrase') }} as phrases
                on phrases.phrase_place = replaced.place + 1 and phrases.subject = {{ subject }}
        )

        select said from replaced
        order by place desc
        limit 1
    )
{%- endmacro %}
