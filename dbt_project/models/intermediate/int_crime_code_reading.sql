with distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

offence_patterns as (

    select * from {{ ref('offence_code_pattern') }}

),

offences as (

    select * from {{ ref('offence') }}

),

categories as (

    select * from {{ ref('recorded_crime_category') }}

),

cjs_offences as (

    select * from {{ ref('cjs_offence') }}

),

outcomes as (

    select * from {{ ref('outcome') }}

),

rules as (

    select * from {{ ref('decoding_rule') }}

),

form_keys as (

    select * from {{ ref('int_form_key') }}
    where subject = 'offence'

),

class_wordings as (

    select * from {{ ref('offence_category_wording') }}

),

wording_readings as (

    select * from {{ ref('int_wording_reading') }}

),

offence_texts as (

    select
        force_code,
        layout_valid_from,
        column_name,
        value,
        upper(trim(value)) as text_value
    from distinct_values
    where column_name in ('home_office_code', 'offence_title')

),

-- In a title only a code of all its digits counts: `(13/15)` there is an age.
offence_readings as (

    select
        offence_texts.force_code,
        offence_texts.layout_valid_from,
        offence_texts.column_name,
        offence_texts.value,
        offence_patterns.rule,
        rules.is_decoded,
        lpad((regexp_match(offence_texts.text_value, offence_patterns.pattern))[1], 3, '0')
        || '/'
        || lpad((regexp_match(offence_texts.text_value, offence_patterns.pattern))[2], 2, '0') as home_office_code
    from offence_texts
    inner join offence_patterns on offence_texts.text_value ~ offence_patterns.pattern
    inner join rules on offence_patterns.rule = rules.rule
    where
        offence_texts.column_name = 'home_office_code'
        or (
            offence_patterns.rule = 'code_with_title'
            and length((regexp_match(offence_texts.text_value, offence_patterns.pattern))[1]) = 3
        )

),

-- What can be nothing but a code is kept though no list has it; a number that may be one is not.
by_offence_pattern as (

    select
        offence_readings.force_code,
        offence_readings.layout_valid_from,
        offence_readings.column_name,
        offence_readings.value,
        case
            when offences.home_office_code is null and offence_readings.is_decoded then 'not_in_reference'
            else offence_readings.rule
        end as rule,
        case when offence_readings.is_decoded then offence_readings.home_office_code end as harmonised_code
    from offence_readings
    left join offences on offence_readings.home_office_code = offences.home_office_code
    where offences.home_office_code is not null or offence_readings.rule in ('code', 'spreadsheet_damage')

),

-- `19E`, `HO class 19E`, and `19E - Rape of a Female Child under 13` where it is a title of that class, as it is listed
-- or by its words.
category_titles as (

    select
        offence_category,
        {{ normalised_form('title') }} as form,
        null as words
    from categories
    union
    select
        class_wordings.offence_category,
        null as form,
        form_keys.words
    from class_wordings
    inner join form_keys on form_keys.form = {{ normalised_form('class_wordings.wording') }}

),

by_category as (

    select distinct
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        'category' as rule,
        categories.offence_category as harmonised_code
    from distinct_values
    inner join categories on distinct_values.label_code = categories.offence_category
    left join form_keys on distinct_values.label_form = form_keys.form
    left join category_titles
        on
            categories.offence_category = category_titles.offence_category
            and (distinct_values.label_form = category_titles.form or form_keys.words = category_titles.words)
    where
        distinct_values.column_name in ('home_office_code', 'offence_category')
        and (distinct_values.label_form is null or category_titles.offence_category is not null)

),

cjs_forms as (

    select distinct
        {{ normalised_form('cjs_code') }} as form,
        home_office_code
    from cjs_offences

),

by_cjs_code as (

    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        'code' as rule,
        cjs_forms.home_office_code as harmonised_code
    from distinct_values
    inner join cjs_forms on distinct_values.form = cjs_forms.form
    where distinct_values.column_name = 'cjs_code'

),

-- `SX03005 - Rape of a girl under 13`: the title is not compared. It is met where a Home Office code is expected too.
-- Several codes written as one (`SX03001-004N`) are none.
by_cjs_code_with_title as (

    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        'code_with_title' as rule,
        min(cjs_forms.home_office_code) as harmonised_code
    from distinct_values
    cross join lateral regexp_split_to_table(distinct_values.form, ' ') as written (word)
    inner join cjs_forms on written.word = cjs_forms.form
    where
        distinct_values.column_name in ('cjs_code', 'home_office_code', 'offence_title')
        and distinct_values.form !~ '^[A-Z]{2}[0-9]{5}[A-Z]? (TO )?[0-9]{2,3}[A-Z]?$'
    group by
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value
    having count(distinct cjs_forms.home_office_code) = 1

),

outcome_readings as (

    select
        force_code,
        layout_valid_from,
        column_name,
        value,
        {{ normalised_outcome_code('value') }} as outcome_code
    from distinct_values
    where column_name = 'outcome_code'

),

by_outcome as (

    select
        outcome_readings.force_code,
        outcome_readings.layout_valid_from,
        outcome_readings.column_name,
        outcome_readings.value,
        case when outcomes.outcome_code is null then 'not_in_reference' else 'code' end as rule,
        outcome_readings.outcome_code as harmonised_code
    from outcome_readings
    left join outcomes on outcome_readings.outcome_code = outcomes.outcome_code
    where outcome_readings.outcome_code is not null

),

-- `14 - Victim does not support`, where both say the same. `OC10 - Formal action (Pol)` is its number where no outcome
-- is known by the words, and they do not take it back.
outcome_words as (

    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        distinct_values.form,
        distinct_values.label_code,
        distinct_values.label_form,
        wording_readings.value is not null as is_read,
        wording_readings.harmonised_code
    from distinct_values
    left join wording_readings
        on
            distinct_values.force_code = wording_readings.force_code
            and distinct_values.layout_valid_from = wording_readings.layout_valid_from
            and distinct_values.column_name = wording_readings.column_name
            and distinct_values.value = wording_readings.value
            and wording_readings.read_from = 'label'
    where distinct_values.column_name = 'outcome_code' and distinct_values.label_code is not null

),

by_outcome_with_words as (

    select
        force_code,
        layout_valid_from,
        column_name,
        value,
        case
            when not is_read then 'outcome_number'
            when harmonised_code = label_code then 'code_and_label'
            else 'code_contradicts_label'
        end as rule,
        case when not is_read or harmonised_code = label_code then label_code end as harmonised_code
    from outcome_words
    where
        harmonised_code is not null
        or (
            not is_read
            and form ~ (
                '(^| )(OUTCOME|OC|O)( (CODE|TYPE|NO|NUMBER))? ?[0-9]|^(TYPE )?[0-9]+[A-E]? OUTCOME '
                || '|^TYPE [0-9]+[A-E]? OUTCOMES '
            )
            and label_form !~ (
                '(^| )(PENDING|AWAITING|REQUESTED|REJECTED|CANCELLED|RESCINDED|REMOVED|REVERSED|DELETED|APPLICABLE'
                || '|INVALID|ERROR|INCORRECT|PREVIOUSLY|FORMERLY|CHANGED|AMENDED|OR)( |$)'
            )
        )

)

{% for reading in [
    'by_offence_pattern',
    'by_category',
    'by_cjs_code',
    'by_cjs_code_with_title',
    'by_outcome',
    'by_outcome_with_words',
] %}
    select
        force_code,
        layout_valid_from,
        column_name,
        value,
        rule,
        harmonised_code
    from {{ reading }}
    {{ 'union all' if not loop.last }}
{% endfor %}
