with ethnicity_wordings as (

    select * from {{ ref('ethnicity_wording') }}

),

ethnicity_answers as (

    select * from {{ ref('ethnicity_answer') }}

),

nationality_wordings as (

    select * from {{ ref('nationality_wording') }}

),

immigration_wordings as (

    select * from {{ ref('immigration_status_wording') }}

),

offences as (

    select * from {{ ref('offence') }}

),

cjs_offences as (

    select * from {{ ref('cjs_offence') }}

),

force_wordings as (

    select * from {{ ref('force_wording') }}

),

offence_wordings as (

    select * from {{ ref('offence_wording') }}

),

offence_categories as (

    select * from {{ ref('recorded_crime_category') }}

),

-- An officer's observation says a group at most.
wordings as (

    select
        'self_defined_ethnicity' as column_name,
        'ethnicity' as subject,
        'wording' as form_rule,
        'words' as words_rule,
        wording,
        harmonised_code
    from ethnicity_wordings
    where coalesce(applies_to, 'self_defined_ethnicity') = 'self_defined_ethnicity'
    union all
    select
        'observed_ethnicity' as column_name,
        'ethnicity' as subject,
        'wording' as form_rule,
        'words' as words_rule,
        ethnicity_wordings.wording,
        coalesce(ethnicity_answers.observed_answer, ethnicity_wordings.harmonised_code) as harmonised_code
    from ethnicity_wordings
    left join ethnicity_answers on ethnicity_wordings.harmonised_code = ethnicity_answers.answer
    where coalesce(ethnicity_wordings.applies_to, 'observed_ethnicity') = 'observed_ethnicity'
    union all
    select
        'nationalities' as column_name,
        'nationality' as subject,
        'wording' as form_rule,
        'words' as words_rule,
        wording,
        nationality_code as harmonised_code
    from nationality_wordings
    union all
    select
        'immigration_status' as column_name,
        'immigration' as subject,
        'wording' as form_rule,
        'words' as words_rule,
        wording,
        immigration_status as harmonised_code
    from immigration_wordings
    union all
    select
        'offence_title' as column_name,
        'offence' as subject,
        'title' as form_rule,
        'title_words' as words_rule,
        offences.title as wording,
        offences.home_office_code as harmonised_code
    from offences
    union all
    select
        'offence_title' as column_name,
        'offence' as subject,
        'title' as form_rule,
        'title_words' as words_rule,
        cjs_offences.title as wording,
        cjs_offences.home_office_code as harmonised_code
    from cjs_offences
    union all
    select
        'offence_title' as column_name,
        'offence' as subject,
        'title' as form_rule,
        'title_words' as words_rule,
        wording,
        harmonised_code
    from offence_wordings
    union all
    select
        'transfer_force' as column_name,
        'force' as subject,
        'wording' as form_rule,
        'words' as words_rule,
        wording,
        force_code as harmonised_code
    from force_wordings
    {% for column_name in ['offence_title', 'offence_category'] %}
        union all
        select
            '{{ column_name }}' as column_name,
            'offence' as subject,
            'category_title' as form_rule,
            null as words_rule,
            title as wording,
            offence_category as harmonised_code
        from offence_categories
    {% endfor %}

),

forms as (

    select
        column_name,
        subject,
        form_rule,
        words_rule,
        {{ normalised_form('wording') }} as form,
        harmonised_code
    from wordings

),

words as (

    select
        column_name,
        form_rule,
        words_rule,
        form,
        {{ word_key('forms.form', 'forms.subject') }} as words,
        harmonised_code,
        harmonised_code = 'AMBIGUOUS' as is_ambiguous
    from forms

),

-- One that is listed as ambiguous gives way to one of the same words that is not.
clear_words as (

    select
        column_name,
        words_rule,
        words,
        harmonised_code,
        is_ambiguous,
        bool_and(is_ambiguous) over (partition by column_name, words) as is_never_clear
    from words
    where words is not null and words_rule is not null

)

-- What stands for two things stands for none.
select
    column_name,
    form_rule as rule,
    form as wording_key,
    case when count(distinct harmonised_code) = 1 and not bool_or(is_ambiguous) then min(harmonised_code) end
        as harmonised_code
from words
group by column_name, form_rule, form
union all
select
    column_name,
    words_rule as rule,
    words as wording_key,
    case when count(distinct harmonised_code) = 1 and not is_never_clear then min(harmonised_code) end
        as harmonised_code
from clear_words
where is_never_clear or not is_ambiguous
group by column_name, words_rule, words, is_never_clear
