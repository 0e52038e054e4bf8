with ethnicity_wordings as (

    select * from {{ ref('ethnicity_wording') }}

),

ethnicity_answers as (

    select * from {{ ref('ethnicity_answer') }}

),

headings as (

    select * from {{ ref('ethnicity_heading') }}

),

details as (

    select * from {{ ref('ethnicity_detail') }}

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

forces as (

    select * from {{ ref('forces') }}

),

outcomes as (

    select * from {{ ref('outcome') }}

),

outcome_wordings as (

    select * from {{ ref('outcome_wording') }}

),

offence_wordings as (

    select * from {{ ref('offence_wording') }}

),

offence_categories as (

    select * from {{ ref('recorded_crime_category') }}

),

-- A heading alone says its group; with a detail of the group, or an answer of any, it says the detail. What is written
-- in, and the answers, stand below the shorter headings. One that names the other category of its group says that,
-- whatever is written in below it.
built_labels as (

    select
        heading as wording,
        harmonised_code
    from headings
    union all
    select
        headings.heading || ' ' || details.detail as wording,
        case
            when headings.harmonised_code = headings.ethnicity_group then details.harmonised_code
            else headings.harmonised_code
        end as harmonised_code
    from headings
    inner join details
        on
            coalesce(details.ethnicity_group, headings.ethnicity_group) = headings.ethnicity_group
            and (details.is_write_in or headings.harmonised_code = headings.ethnicity_group)
            and (
                headings.takes_write_ins
                or not (details.is_write_in or details.ethnicity_group is null)
            )
    union all
    select
        detail as wording,
        harmonised_code
    from details
    where stands_alone

),

-- An outcome's wordings, each alone, and with its number before it or behind it; the number alone as `OC 1`. A bare
-- number is left to the code: `-1` has the same normal form as `1`.
outcome_labels as (

    select
        'OC ' || outcome_code as wording,
        outcome_code
    from outcomes
    union all
    select
        wording,
        outcome_code
    from outcome_wordings
    {% for number in ["outcome_code", "'OC ' || outcome_code"] %}
        union all
        select
            {{ number }} || ' ' || wording as wording,
            outcome_code
        from outcome_wordings
        where outcome_code <> 'AMBIGUOUS'
        union all
        select
            wording || ' ' || {{ number }} as wording,
            outcome_code
        from outcome_wordings
        where outcome_code <> 'AMBIGUOUS'
    {% endfor %}

),

-- A force's wordings, each alone, and those that are words with the force's code before them or behind them. Its name
-- is met with the number of a note below the table too, or of a footnote.
force_labels as (

    select
        wording,
        force_code
    from force_wordings
    union all
    select
        forces.name || notes.mark || numbers.number as wording,
        forces.force_code
    from forces
    cross join (values (' Note '), (' ')) as notes (mark)
    cross join generate_series(1, 9) as numbers (number)
    {% for code in ['force_code', 'gss_code'] %}
        {% for wording in [
            "forces.%s || ' ' || force_wordings.wording", "force_wordings.wording || ' ' || forces.%s"
        ] %}
            union all
            select
                {{ wording | format(code) }} as wording,
                forces.force_code
            from force_wordings
            inner join forces on force_wordings.force_code = forces.force_code
            where force_wordings.wording !~ '[0-9]' and forces.{{ code }} is not null
        {% endfor %}
    {% endfor %}

),

ethnicity_labels as (

    select
        wording,
        applies_to,
        harmonised_code,
        false as is_built
    from ethnicity_wordings
    union all
    select
        wording,
        null as applies_to,
        harmonised_code,
        true as is_built
    from built_labels

),

-- An officer's observation says a group at most.
wordings as (

    select
        'self_defined_ethnicity' as column_name,
        'ethnicity' as subject,
        'wording' as form_rule,
        'words' as words_rule,
        wording,
        harmonised_code,
        is_built
    from ethnicity_labels
    where coalesce(applies_to, 'self_defined_ethnicity') = 'self_defined_ethnicity'
    union all
    select
        'observed_ethnicity' as column_name,
        'ethnicity' as subject,
        'wording' as form_rule,
        'words' as words_rule,
        ethnicity_labels.wording,
        coalesce(ethnicity_answers.observed_answer, ethnicity_labels.harmonised_code) as harmonised_code,
        ethnicity_labels.is_built
    from ethnicity_labels
    left join ethnicity_answers on ethnicity_labels.harmonised_code = ethnicity_answers.answer
    where coalesce(ethnicity_labels.applies_to, 'observed_ethnicity') = 'observed_ethnicity'
    union all
    select
        'nationalities' as column_name,
        'nationality' as subject,
        'wording' as form_rule,
        'words' as words_rule,
        wording,
        nationality_code as harmonised_code,
        false as is_built
    from nationality_wordings
    union all
    select
        'immigration_status' as column_name,
        'immigration' as subject,
        'wording' as form_rule,
        'words' as words_rule,
        wording,
        immigration_status as harmonised_code,
        false as is_built
    from immigration_wordings
    union all
    select
        'offence_title' as column_name,
        'offence' as subject,
        'title' as form_rule,
        'title_words' as words_rule,
        offences.title as wording,
        offences.home_office_code as harmonised_code,
        false as is_built
    from offences
    union all
    select
        'offence_title' as column_name,
        'offence' as subject,
        'title' as form_rule,
        'title_words' as words_rule,
        cjs_offences.title as wording,
        cjs_offences.home_office_code as harmonised_code,
        false as is_built
    from cjs_offences
    union all
    select
        'offence_title' as column_name,
        'offence' as subject,
        'title' as form_rule,
        'title_words' as words_rule,
        wording,
        harmonised_code,
        false as is_built
    from offence_wordings
    union all
    select
        'outcome_code' as column_name,
        'outcome' as subject,
        'wording' as form_rule,
        'words' as words_rule,
        wording,
        outcome_code as harmonised_code,
        false as is_built
    from outcome_labels
    union all
    select
        'transfer_force' as column_name,
        'force' as subject,
        'wording' as form_rule,
        'words' as words_rule,
        wording,
        force_code as harmonised_code,
        false as is_built
    from force_labels
    {% for column_name in ['offence_title', 'offence_category'] %}
        union all
        select
            '{{ column_name }}' as column_name,
            'offence' as subject,
            'category_title' as form_rule,
            null as words_rule,
            title as wording,
            offence_category as harmonised_code,
            false as is_built
        from offence_categories
    {% endfor %}

)

select
    column_name,
    subject,
    form_rule,
    words_rule,
    {{ normalised_form('wording') }} as form,
    harmonised_code,
    harmonised_code = 'AMBIGUOUS' as is_ambiguous,
    is_built
from wordings
