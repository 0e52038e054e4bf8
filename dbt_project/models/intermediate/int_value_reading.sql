with distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

codes as (

    select * from {{ ref('int_code_map') }}

),

wordings as (

    select * from {{ ref('int_wording') }}

),

form_keys as (

    select * from {{ ref('int_form_key') }}

),

spellings as (

    select * from {{ ref('int_spelling') }}

),

ethnicity_answers as (

    select * from {{ ref('ethnicity_answer') }}

),

ethnicity_codes as (

    select * from {{ ref('ethnicity_scheme_code') }}

),

label_codes as (

    select * from {{ ref('ethnicity_label_code') }}

),

nationality_codes as (

    select * from {{ ref('nationality_scheme_code') }}

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

by_code as (

    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        codes.rule,
        codes.harmonised_code
    from distinct_values
    inner join codes
        on
            distinct_values.force_code = codes.force_code
            and distinct_values.layout_valid_from = codes.layout_valid_from
            and distinct_values.column_name = codes.column_name
            and distinct_values.form = codes.code

),

written_forms as (

    {% for column in ['form', 'label_form'] %}
        select
            force_code,
            layout_valid_from,
            column_name,
            subject,
            value,
            '{{ column }}' as read_from,
            {{ column }} as form
        from distinct_values
        union all
    {% endfor %}
    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.subject,
        distinct_values.value,
        'spelt_form' as read_from,
        spellings.spelt_form as form
    from distinct_values
    inner join spellings on distinct_values.subject = spellings.subject and distinct_values.form = spellings.form

),

-- The normal form, the words in their order, the words in any order: the first that is listed tells.
wording_readings as (

    {% for key_kind, key, place in [
        ('form', 'written_forms.form', 1), ('said', 'form_keys.said', 2), ('words', 'form_keys.words', 3)
    ] %}
        select
            written_forms.force_code,
            written_forms.layout_valid_from,
            written_forms.column_name,
            written_forms.value,
            written_forms.read_from,
            {{ place }} as place,
            wordings.rule,
            wordings.harmonised_code
        from written_forms
        {% if key_kind != 'form' %}
            inner join form_keys
                on written_forms.subject = form_keys.subject and written_forms.form = form_keys.form
        {% endif %}
        inner join wordings
            on
                written_forms.column_name = wordings.column_name
                and wordings.key_kind = '{{ key_kind }}'
                and {{ key }} = wordings.wording_key
                and wordings.rule <> 'category_title'
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

first_wordings as (

    select distinct on (force_code, layout_valid_from, column_name, value, read_from)
        force_code,
        layout_valid_from,
        column_name,
        value,
        read_from,
        rule,
        harmonised_code
    from wording_readings
    order by
        force_code asc,
        layout_valid_from asc,
        column_name asc,
        value asc,
        read_from asc,
        place asc

),

by_wording as (

    select
        force_code,
        layout_valid_from,
        column_name,
        value,
        case when harmonised_code is null then 'ambiguous' else rule end as rule,
        harmonised_code
    from first_wordings
    where read_from = 'form'

),

by_spelling as (

    select
        force_code,
        layout_valid_from,
        column_name,
        value,
        'spelling' as rule,
        harmonised_code
    from first_wordings
    where read_from = 'spelt_form' and harmonised_code is not null

),

by_joined_words as (

    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        wordings.rule,
        wordings.harmonised_code
    from distinct_values
    inner join wordings
        on
            distinct_values.column_name = wordings.column_name
            and wordings.key_kind = 'joined'
            and distinct_values.form = wordings.wording_key
    where wordings.harmonised_code is not null

),

-- Several names in one value, all listed and all of one country.
alternatives as (

    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        {{ normalised_form('written.part') }} as form
    from distinct_values
    cross join lateral regexp_split_to_table(distinct_values.value, ' *[,;/] *| or ', 'i') as written (part)
    where distinct_values.column_name = 'nationalities' and distinct_values.value ~* '[,;/]| or '

),

by_alternatives as (

    select
        alternatives.force_code,
        alternatives.layout_valid_from,
        alternatives.column_name,
        alternatives.value,
        'alternatives' as rule,
        min(wordings.harmonised_code) as harmonised_code
    from alternatives
    left join wordings
        on
            alternatives.column_name = wordings.column_name
            and wordings.key_kind = 'form'
            and alternatives.form = wordings.wording_key
    group by
        alternatives.force_code, alternatives.layout_valid_from, alternatives.column_name, alternatives.value
    having
        count(*) > 1
        and count(*) = count(wordings.harmonised_code)
        and count(distinct wordings.harmonised_code) = 1

),

by_category_title as (

    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        case when wordings.harmonised_code is null then 'ambiguous' else wordings.rule end as rule,
        wordings.harmonised_code
    from distinct_values
    inner join wordings
        on
            distinct_values.column_name = wordings.column_name
            and distinct_values.form = wordings.wording_key
            and wordings.rule = 'category_title'

),

labels as (

    select
        first_wordings.force_code,
        first_wordings.layout_valid_from,
        first_wordings.column_name,
        first_wordings.value,
        first_wordings.harmonised_code,
        distinct_values.label_code,
        answers.self_defined_code,
        answers.ethnicity_group
    from first_wordings
    inner join distinct_values
        on
            first_wordings.force_code = distinct_values.force_code
            and first_wordings.layout_valid_from = distinct_values.layout_valid_from
            and first_wordings.column_name = distinct_values.column_name
            and first_wordings.value = distinct_values.value
    left join ethnicity_answers as answers on first_wordings.harmonised_code = answers.answer
    where first_wordings.read_from = 'label_form' and first_wordings.harmonised_code is not null

),

-- `W1 - White British`: the code and what stands beside it. They agree where the same is published of both, or where
-- the label names the group of the code.
by_code_and_label as (

    select
        labels.force_code,
        labels.layout_valid_from,
        labels.column_name,
        labels.value,
        codes.harmonised_code,
        coalesce(
            (
                answers.self_defined_code is not distinct from labels.self_defined_code
                and answers.ethnicity_group is not distinct from labels.ethnicity_group
            )
            or (labels.self_defined_code is null and labels.ethnicity_group = answers.ethnicity_group),
            false
        ) as is_agreed
    from labels
    inner join codes
        on
            labels.force_code = codes.force_code
            and labels.layout_valid_from = codes.layout_valid_from
            and labels.column_name = codes.column_name
            and labels.label_code = codes.code
            and codes.scheme <> 'officer_observed_label'
    left join ethnicity_answers as answers on codes.harmonised_code = answers.answer
    where labels.column_name <> 'nationalities'

),

any_codes as (

    select
        {{ normalised_form('code') }} as code,
        harmonised_code
    from ethnicity_codes
    where scheme not like 'officer%'
    union
    select
        code,
        harmonised_code
    from label_codes

),

any_code_answers as (

    select
        column_names.column_name,
        any_codes.code,
        answers.self_defined_code,
        answers.ethnicity_group
    from any_codes
    inner join ethnicity_answers as coded on any_codes.harmonised_code = coded.answer
    cross join (values ('self_defined_ethnicity'), ('observed_ethnicity')) as column_names (column_name)
    inner join ethnicity_answers as answers
        on
            case
                when column_names.column_name = 'observed_ethnicity' then coded.observed_answer
                else coded.answer
            end = answers.answer

),

-- What may stand beside a nationality: its code in any list, or the country beside the demonym.
beside_nationalities as (

    select
        {{ normalised_form('code') }} as code,
        nationality_code as harmonised_code
    from nationality_codes
    union
    select
        wording_key as code,
        harmonised_code
    from wordings
    where column_name = 'nationalities' and key_kind = 'form' and harmonised_code is not null

),

-- Where no version says what the code is, the label is read, if the code means that in one list or another.
by_label_with_code as (

    select distinct
        labels.force_code,
        labels.layout_valid_from,
        labels.column_name,
        labels.value,
        'label_with_code' as rule,
        labels.harmonised_code
    from labels
    inner join beside_nationalities
        on
            labels.label_code = beside_nationalities.code
            and labels.harmonised_code = beside_nationalities.harmonised_code
    where labels.column_name = 'nationalities'
    union all
    select distinct
        labels.force_code,
        labels.layout_valid_from,
        labels.column_name,
        labels.value,
        'label_with_code' as rule,
        labels.harmonised_code
    from labels
    inner join any_code_answers as answers
        on
            labels.column_name = answers.column_name
            and labels.label_code = answers.code
            and labels.ethnicity_group is not distinct from answers.ethnicity_group
            and (
                labels.self_defined_code is not distinct from answers.self_defined_code
                or (
                    labels.ethnicity_group is not null
                    and (labels.self_defined_code is null or answers.self_defined_code is null)
                )
            )

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

by_category as (

    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        'category' as rule,
        categories.offence_category as harmonised_code
    from distinct_values
    inner join categories on distinct_values.form = categories.offence_category
    where distinct_values.column_name in ('home_office_code', 'offence_category')

),

by_cjs_code as (

    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        'code' as rule,
        cjs_offences.home_office_code as harmonised_code
    from distinct_values
    inner join cjs_offences on distinct_values.form = {{ normalised_form('cjs_offences.cjs_code') }}
    where distinct_values.column_name = 'cjs_code'

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

)

{% for reading in [
    'by_code',
    'by_wording',
    'by_joined_words',
    'by_spelling',
    'by_alternatives',
    'by_label_with_code',
    'by_category_title',
    'by_offence_pattern',
    'by_category',
    'by_cjs_code',
    'by_outcome',
] %}
    select
        force_code,
        layout_valid_from,
        column_name,
        value,
        rule,
        harmonised_code
    from {{ reading }}
    union all
{% endfor %}
select
    force_code,
    layout_valid_from,
    column_name,
    value,
    case when is_agreed then 'code_and_label' else 'code_contradicts_label' end as rule,
    case when is_agreed then harmonised_code end as harmonised_code
from by_code_and_label
