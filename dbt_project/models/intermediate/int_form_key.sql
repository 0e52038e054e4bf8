with recursive listed_wordings as (

    select * from {{ ref('int_listed_wording') }}

),

distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

spellings as (

    select * from {{ ref('int_spelling') }}

),

offence_acts as (

    select * from {{ ref('offence_act') }}

),

offence_classes as (

    select * from {{ ref('offence_category_wording') }}

),

versions as (

    select * from {{ ref('int_crime_version') }}

),

earlier_outcomes as (

    select distinct outcome_code
    from versions
    where has_stood and outcome_code is not null

),

phrases as (

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

forms as (

    select
        subject,
        form
    from listed_wordings
    where words_rule is not null
    union
    select
        subject,
        form
    from distinct_values
    union
    select
        subject,
        label_form as form
    from distinct_values
    where label_form is not null
    union
    select
        subject,
        spelt_form as form
    from spellings
    union
    {% for relation in ['offence_acts', 'offence_classes'] %}
        select
            'offence' as subject,
            {{ normalised_form('wording') }} as form
        from {{ relation }}
        union
    {% endfor %}
    -- `int_crime_maturity` reads what earlier versions said as well.
    select
        'outcome' as subject,
        {{ normalised_form('outcome_code') }} as form
    from earlier_outcomes

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
