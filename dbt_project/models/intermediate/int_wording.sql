with listed_wordings as (

    select * from {{ ref('int_listed_wording') }}

),

form_keys as (

    select * from {{ ref('int_form_key') }}

),

-- Words of an outcome behind `not` mean another thing elsewhere.
keyed as (

    select
        column_name,
        form_rule as rule,
        'form' as key_kind,
        form as wording_key,
        harmonised_code,
        is_ambiguous,
        is_built
    from listed_wordings
    where not is_built
    {% for key_kind in ['said', 'words'] %}
        union all
        select
            listed_wordings.column_name,
            listed_wordings.words_rule as rule,
            '{{ key_kind }}' as key_kind,
            form_keys.{{ key_kind }} as wording_key,
            listed_wordings.harmonised_code,
            listed_wordings.is_ambiguous,
            listed_wordings.is_built
        from listed_wordings
        inner join form_keys
            on listed_wordings.subject = form_keys.subject and listed_wordings.form = form_keys.form
        where
            listed_wordings.words_rule is not null
            {% if key_kind == 'words' %}
                and not (listed_wordings.subject = 'outcome' and form_keys.words ~ '(^| )(NOT|NO|WITHOUT)( |$)')
            {% endif %}
    {% endfor %}
    union all
    select
        column_name,
        'written_together' as rule,
        'joined' as key_kind,
        replace(form, ' ', '') as wording_key,
        harmonised_code,
        is_ambiguous,
        is_built
    from listed_wordings
    where subject in ('ethnicity', 'nationality', 'outcome') and form like '% %' and length(replace(form, ' ', '')) >= 8

),

compared as (

    select
        column_name,
        rule,
        key_kind,
        wording_key,
        harmonised_code,
        is_ambiguous,
        is_built,
        bool_or(not is_built) over one_key as has_listed,
        bool_or(not is_built and not is_ambiguous) over one_key as has_clear
    from keyed
    window one_key as (partition by column_name, rule, key_kind, wording_key)

),

-- By words, one that is listed as ambiguous gives way to one that is clear, and what is built to what is listed.
kept as (

    select
        column_name,
        rule,
        key_kind,
        wording_key,
        harmonised_code,
        is_ambiguous
    from compared
    where
        key_kind = 'form'
        or (is_built and not has_listed)
        or (not is_built and (not is_ambiguous or not has_clear))

)

-- What stands for two things stands for none.
select
    column_name,
    rule,
    key_kind,
    wording_key,
    case when count(distinct harmonised_code) = 1 and not bool_or(is_ambiguous) then min(harmonised_code) end
        as harmonised_code
from kept
group by column_name, rule, key_kind, wording_key
