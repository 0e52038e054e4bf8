with coded_values as (

    select * from {{ ref('int_coded_value') }}

),

suggestions as (

    select * from {{ ref('stg_value_suggestion') }}

),

listed_wordings as (

    select * from {{ ref('int_listed_wording') }}

),

distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

form_keys as (

    select * from {{ ref('int_form_key') }}

),

unmapped as (

    select
        force_code,
        column_name,
        scheme,
        value,
        rule,
        row_count,
        first_seen_on,
        last_seen_on,
        sum(row_count) over (partition by force_code, column_name, value) as rows_with_value
    from coded_values
    where is_unmapped

),

-- Where words are met a name may stand, however often: only words that are listed are shown, and short codes.
listed_words as (

    select distinct
        listed_wordings.column_name,
        listed.word
    from listed_wordings
    inner join form_keys on listed_wordings.subject = form_keys.subject and listed_wordings.form = form_keys.form
    cross join lateral regexp_split_to_table(form_keys.words, ' ') as listed (word)
    where listed_wordings.words_rule is not null

),

columns_of_words as (

    select distinct column_name
    from listed_words

),

values_with_other_words as (

    select distinct
        distinct_values.column_name,
        distinct_values.value
    from distinct_values
    inner join columns_of_words on distinct_values.column_name = columns_of_words.column_name
    inner join form_keys on distinct_values.subject = form_keys.subject and distinct_values.form = form_keys.form
    cross join lateral regexp_split_to_table(form_keys.words, ' ') as written (word)
    left join listed_words
        on distinct_values.column_name = listed_words.column_name and written.word = listed_words.word
    where listed_words.word is null

),

-- A column that is mapped wrongly may bring names. What is short or common is taken for a code, the rest is counted.
shown as (

    select
        unmapped.force_code,
        unmapped.column_name,
        unmapped.scheme,
        case
            when
                unmapped.value ~ '^[A-Za-z0-9/ -]{1,6}$'
                and (length(unmapped.value) <= 3 or unmapped.value ~ '[0-9]')
                then unmapped.value
            when values_with_other_words.value is not null then '[not shown]'
            when columns_of_words.column_name is not null or unmapped.rows_with_value >= 10 then unmapped.value
            else '[not shown]'
        end as value,
        unmapped.rule,
        unmapped.row_count,
        unmapped.first_seen_on,
        unmapped.last_seen_on
    from unmapped
    left join columns_of_words on unmapped.column_name = columns_of_words.column_name
    left join values_with_other_words
        on unmapped.column_name = values_with_other_words.column_name and unmapped.value = values_with_other_words.value

),

counted as (

    select
        force_code,
        column_name,
        scheme,
        value,
        rule as reason,
        sum(row_count)::bigint as row_count,
        min(first_seen_on) as first_seen_on,
        max(last_seen_on) as last_seen_on
    from shown
    group by force_code, column_name, scheme, value, rule

)

select
    counted.force_code,
    counted.column_name,
    counted.scheme,
    counted.value,
    counted.reason,
    counted.row_count,
    counted.first_seen_on,
    counted.last_seen_on,
    suggestions.suggested_code,
    suggestions.suggestion_score,
    suggestions.suggestion_evidence
from counted
left join suggestions
    on
        counted.force_code = suggestions.force_code
        and counted.column_name = suggestions.column_name
        and counted.value = suggestions.value
        and coalesce(counted.scheme, '') = suggestions.scheme
