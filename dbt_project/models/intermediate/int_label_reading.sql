with distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

label_wordings as (

    select * from {{ ref('int_wording_reading') }}

),

codes as (

    select * from {{ ref('int_code_map') }}

),

wordings as (

    select * from {{ ref('int_wording') }}

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

labels as (

    select
        label_wordings.force_code,
        label_wordings.layout_valid_from,
        label_wordings.column_name,
        label_wordings.value,
        label_wordings.harmonised_code,
        distinct_values.label_code,
        distinct_values.label_form,
        distinct_values.form,
        answers.self_defined_code,
        answers.ethnicity_group
    from label_wordings
    inner join distinct_values
        on
            label_wordings.force_code = distinct_values.force_code
            and label_wordings.layout_valid_from = distinct_values.layout_valid_from
            and label_wordings.column_name = distinct_values.column_name
            and label_wordings.value = distinct_values.value
    left join ethnicity_answers as answers on label_wordings.harmonised_code = answers.answer
    where label_wordings.read_from = 'label' and label_wordings.column_name <> 'outcome_code'

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

-- A code of a list that nobody declared, beside words that need no heading to be understood: the words are read. One of
-- any version, or of what is observed, is not left aside. No list of nationalities that can be declared has numbers.
known_codes as (

    select {{ normalised_form('code') }} as code
    from ethnicity_codes

),

by_code_left_aside as (

    select
        labels.force_code,
        labels.layout_valid_from,
        labels.column_name,
        labels.value,
        labels.harmonised_code
    from labels
    left join known_codes on labels.label_code = known_codes.code
    where
        (labels.column_name = 'nationalities' and labels.label_code ~ '^[0-9]{1,3}$')
        or (
            labels.column_name in ('self_defined_ethnicity', 'observed_ethnicity')
            and labels.label_code ~ '^([A-Z]{1,2}[0-9]{1,2}|[0-9]{1,2}[A-Z]|[0-9]{3})$'
            and known_codes.code is null
            and position(labels.label_form in labels.form) > 0
            and (
                labels.label_form !~ '^(ANY OTHER|OTHER|BRITISH)( (BACKGROUND|ETHNIC|GROUP))*$'
                or labels.label_form ~ 'ETHNIC GROUP$'
            )
        )

)

select
    force_code,
    layout_valid_from,
    column_name,
    value,
    rule,
    harmonised_code
from by_label_with_code
union all
select
    force_code,
    layout_valid_from,
    column_name,
    value,
    'code_left_aside' as rule,
    harmonised_code
from by_code_left_aside
union all
select
    force_code,
    layout_valid_from,
    column_name,
    value,
    case when is_agreed then 'code_and_label' else 'code_contradicts_label' end as rule,
    case when is_agreed then harmonised_code end as harmonised_code
from by_code_and_label
