with listed_wordings as (

    select * from {{ ref('int_listed_wording') }}

),

distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

words as (

    select * from {{ ref('wording_word') }}

),

listed_words as (

    select
        listed_wordings.subject,
        listed.word
    from listed_wordings
    cross join lateral regexp_split_to_table(listed_wordings.form, ' ') as listed (word)
    where
        listed_wordings.subject in ('ethnicity', 'nationality', 'offence', 'force')
        and listed_wordings.words_rule is not null
    union
    select
        subject,
        word
    from words
    where subject in ('ethnicity', 'nationality', 'offence', 'force')

),

listed_codes as (

    select
        subject,
        form,
        case when count(distinct harmonised_code) = 1 and not bool_or(is_ambiguous) then min(harmonised_code) end
            as harmonised_code
    from listed_wordings
    where
        column_name in ('self_defined_ethnicity', 'nationalities', 'offence_title', 'transfer_force')
        and words_rule is not null
    group by subject, form

),

said_words as (

    select
        listed_words.subject,
        listed_words.word,
        case when words.word is null then listed_words.word else coalesce(words.stands_for, '') end as said
    from listed_words
    left join words on listed_words.subject = words.subject and listed_words.word = words.word
    where listed_words.word ~ '^[A-Z]+$'

),

-- Two words of one meaning stand in nobody's way.
known_words as (

    select
        said_words.subject,
        said_words.word,
        coalesce(listed_codes.harmonised_code, 'the word ' || said_words.said) as meaning
    from said_words
    left join listed_codes on said_words.subject = listed_codes.subject and said_words.said = listed_codes.form

),

written_words as (

    select distinct
        distinct_values.subject,
        distinct_values.form,
        written.word,
        written.place
    from distinct_values
    cross join lateral regexp_split_to_table(distinct_values.form, ' ') with ordinality as written (word, place)
    where
        distinct_values.subject in ('ethnicity', 'nationality', 'force')
        or distinct_values.column_name = 'offence_title'

),

unknown_words as (

    select distinct
        written_words.subject,
        written_words.word
    from written_words
    left join known_words on written_words.subject = known_words.subject and written_words.word = known_words.word
    where known_words.word is null and written_words.word ~ '^[A-Z]{6,}$'

),

-- What a word is with at most one letter left out.
known_keys as (

    select
        known_words.subject,
        known_words.word,
        known_words.meaning,
        places.place,
        left(known_words.word, places.place - 1) || substr(known_words.word, places.place + 1) as word_key
    from known_words
    cross join lateral generate_series(1, length(known_words.word)) as places (place)
    where length(known_words.word) >= 5
    union all
    select
        subject,
        word,
        meaning,
        0 as place,
        word as word_key
    from known_words
    where length(word) >= 5

),

-- A word is not what is meant where one that means something else shares all letters but one with it.
shared_keys as (

    select
        subject,
        word_key
    from known_keys
    group by subject, word_key
    having count(distinct meaning) > 1

),

crowded_words as (

    select distinct
        known_keys.subject,
        known_keys.word
    from known_keys
    inner join shared_keys
        on known_keys.subject = shared_keys.subject and known_keys.word_key = shared_keys.word_key

),

unknown_keys as (

    select
        unknown_words.subject,
        unknown_words.word,
        places.place,
        left(unknown_words.word, places.place - 1) || substr(unknown_words.word, places.place + 1) as word_key
    from unknown_words
    cross join lateral generate_series(1, length(unknown_words.word)) as places (place)
    union all
    select
        subject,
        word,
        0 as place,
        word as word_key
    from unknown_words

),

-- One letter too many or too few, another at the same place, or two that changed places.
near_words as (

    select
        unknown_keys.subject,
        unknown_keys.word,
        known_keys.word as known_word,
        known_keys.meaning,
        crowded_words.word is null
        and left(known_keys.word, 1) = left(unknown_keys.word, 1)
        and length(known_keys.word) >= 7
        and (
            unknown_keys.place = 0
            or known_keys.place = 0
            or unknown_keys.place = known_keys.place
            or (
                abs(unknown_keys.place - known_keys.place) = 1
                and substr(unknown_keys.word, unknown_keys.place, 1) = substr(known_keys.word, known_keys.place, 1)
            )
        ) as is_one_letter
    from unknown_keys
    inner join known_keys
        on unknown_keys.subject = known_keys.subject and unknown_keys.word_key = known_keys.word_key
    left join crowded_words
        on known_keys.subject = crowded_words.subject and known_keys.word = crowded_words.word

),

meant_words as (

    select
        subject,
        word,
        min(known_word collate "C") filter (where is_one_letter) as meant
    from near_words
    group by subject, word
    having count(distinct meaning) = 1 and bool_or(is_one_letter)

)

select
    written_words.subject,
    written_words.form,
    string_agg(coalesce(meant_words.meant, written_words.word), ' ' order by written_words.place) as spelt_form
from written_words
left join meant_words on written_words.subject = meant_words.subject and written_words.word = meant_words.word
group by written_words.subject, written_words.form
having bool_or(meant_words.word is not null)
