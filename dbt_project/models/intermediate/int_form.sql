with recursive listed_wordings as (

    select * from {{ ref('int_listed_wording') }}

),

distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

ethnicity_lists as (

    select * from {{ ref('int_ethnicity_list') }}

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

versions as not materialized (

    select * from {{ ref('int_crime_version') }}

),

-- Each outcome that was ever written, from one to the next through the index: they are few, and versions are many.
written_outcomes as (

    select min(outcome_code) as outcome_code
    from versions
    union all
    select (
        select min(versions.outcome_code)
        from versions
        where versions.outcome_code > written_outcomes.outcome_code
    ) as outcome_code
    from written_outcomes
    where written_outcomes.outcome_code is not null

)

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
-- Each of a list, alone and below the headings that it may stand below.
{% for heading in ['', 'WHITE ', 'MIXED ', 'ASIAN ', 'BLACK ', 'OTHER '] %}
    select
        'ethnicity' as subject,
        '{{ heading }}' || item_form as form
    from ethnicity_lists
    union
{% endfor %}
select
    'ethnicity' as subject,
    group_form as form
from ethnicity_lists
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
from written_outcomes
where outcome_code is not null
