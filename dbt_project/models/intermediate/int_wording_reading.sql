with distinct_values as (

    select * from {{ ref('int_distinct_value') }}

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

by_label as (

    select
        force_code,
        layout_valid_from,
        column_name,
        value,
        rule,
        harmonised_code
    from first_wordings
    where read_from = 'label_form' and (harmonised_code is not null or column_name = 'outcome_code')

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

)

{% for reading, read_from in [
    ('by_wording', 'value'),
    ('by_joined_words', 'value'),
    ('by_spelling', 'value'),
    ('by_alternatives', 'value'),
    ('by_category_title', 'value'),
    ('by_label', 'label'),
] %}
    select
        force_code,
        layout_valid_from,
        column_name,
        value,
        '{{ read_from }}' as read_from,
        rule,
        harmonised_code
    from {{ reading }}
    {{ 'union all' if not loop.last }}
{% endfor %}
