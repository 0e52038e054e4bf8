{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_other_forms(ref('int_form')) }}",
    )
}}

with recursive phrases as (

    select
        subject,
        phrase_place,
        '(?<![A-Z0-9])(?:' || pattern || ')(?![A-Z0-9])' as written,
        coalesce(stands_for, '') as stands_for
    from {{ ref('wording_phrase') }}

),

words as (

    select * from {{ ref('wording_word') }}

),

-- What a form says rests on the form and on seeds, and a change of these builds all.
forms as (

    select
        form_rows.subject,
        form_rows.form
    from {{ ref('int_form') }} as form_rows
    {%- if is_incremental() %}
        where not exists (
            select 1
            from {{ this }} as known
            where known.subject = form_rows.subject and known.form = form_rows.form
        )
    {%- endif %}

),

-- Phrases are replaced one after the other, by their place: each in all forms before the next, or PostgreSQL, which
-- keeps no more than 32 patterns, would compile every one of them again for every form.
replaced as (

    select
        subject,
        form,
        0 as place,
        form as said
    from forms
    union all
    select
        replaced.subject,
        replaced.form,
        phrases.phrase_place as place,
        case
            when replaced.said ~ phrases.written
                then trim(regexp_replace(
                    regexp_replace(replaced.said, phrases.written, phrases.stands_for, 'g'), ' +', ' ', 'g'
                ))
            else replaced.said
        end as said
    from replaced
    inner join phrases on replaced.subject = phrases.subject and replaced.place + 1 = phrases.phrase_place

),

with_phrases as (

    select
        replaced.subject,
        replaced.form,
        replaced.said
    from replaced
    left join phrases on replaced.subject = phrases.subject and replaced.place + 1 = phrases.phrase_place
    where phrases.subject is null

),

written_words as (

    select
        with_phrases.subject,
        with_phrases.form,
        written.word,
        written.place
    from with_phrases
    cross join lateral regexp_split_to_table(with_phrases.said, ' ') with ordinality as written (word, place)

),

replaced_words as (

    select
        written_words.subject,
        written_words.form,
        case when words.word is null then written_words.word else words.stands_for end as said,
        written_words.place
    from written_words
    left join words on written_words.subject = words.subject and written_words.word = words.word

),

-- What a word stands for may be several words, or none.
said_words as (

    select
        replaced_words.subject,
        replaced_words.form,
        said.word,
        replaced_words.place,
        said.place as place_within
    from replaced_words
    cross join lateral regexp_split_to_table(replaced_words.said, ' ') with ordinality as said (word, place)
    where said.word <> ''

)

select
    subject,
    form,
    string_agg(word, ' ' order by place, place_within) as said,
    string_agg(distinct word collate "C", ' ' order by word collate "C") as words
from said_words
group by subject, form
