{% set outcome_number = '0*([1-9]|1[0-9]|2[0-2])[A-E]?' -%}
{% set outcome_before = '^(?:(?:(?:CRIME )?OUTCOME(?: (?:CODE|TYPE|NO|NUMBER))?|OC|O|TYPE) ?)?' ~ outcome_number
    ~ '(?: OUTCOMES?)? ' -%}
{% set called_class = '(?:(?:HOME OFFICE|HOCR?|HO|H O|OFFENCE|CRIME|CODES?|CLASS|CATEGORY|NO|NUMBER) ?)*' -%}
{% set class_before = '^' ~ called_class ~ '((?:NFIB)?[0-9]{1,3}[A-Z]?)(?: (.*[A-Z]{3}.*))?$' -%}
{% set class_behind = '^(.*?[A-Z]{3}.*?) ' ~ called_class ~ '((?:NFIB)?[0-9]{1,3}[A-Z]?)$' -%}
{% set outcome_behind = '(?:(?:OUTCOME|OC) ?)?' ~ outcome_number -%}
with value_counts as (

    select * from {{ ref('int_value_count') }}

),

nationality_lists as (

    select * from {{ ref('int_nationality_list') }}

),

-- Every value that stands in a coded column, once: what follows decodes thousands of values and not millions of rows.
written as (

    select
        force_code,
        layout_valid_from,
        column_name,
        case column_name
            {% for column_name, subject in [
                ('self_defined_ethnicity', 'ethnicity'),
                ('observed_ethnicity', 'ethnicity'),
                ('immigration_status', 'immigration'),
                ('home_office_code', 'offence'),
                ('cjs_code', 'offence'),
                ('offence_title', 'offence'),
                ('offence_category', 'offence'),
                ('outcome_code', 'outcome'),
                ('transfer_force', 'force'),
            ] -%}
                when '{{ column_name }}' then '{{ subject }}'
            {% endfor -%}
        end as subject,
        value,
        sum(row_count)::bigint as row_count,
        min(first_seen_on) as first_seen_on,
        max(last_seen_on) as last_seen_on
    from value_counts
    where column_name <> 'nationalities'
    group by force_code, layout_valid_from, column_name, value
    union all
    select
        force_code,
        layout_valid_from,
        'nationalities' as column_name,
        'nationality' as subject,
        nationality_value as value,
        sum(people)::bigint as row_count,
        min(first_seen_on) as first_seen_on,
        max(last_seen_on) as last_seen_on
    from nationality_lists
    group by force_code, layout_valid_from, nationality_value

),

-- `noFurtherAction`, as programs write it, is words.
set_apart as (

    select
        force_code,
        layout_valid_from,
        column_name,
        subject,
        value,
        case
            when subject = 'outcome' and value ~ '^[A-Za-z]?[a-z]+([A-Z][a-z]*)+$'
                then regexp_replace(value, '([a-z])([A-Z])', '\1 \2', 'g')
            else value
        end as words,
        row_count,
        first_seen_on,
        last_seen_on
    from written

),

forms as (

    select
        force_code,
        layout_valid_from,
        column_name,
        subject,
        value,
        {{ normalised_form('words') }} as form,
        row_count,
        first_seen_on,
        last_seen_on
    from set_apart

),

-- A code with its label, and a label with its code behind it: of ethnicity one that begins with a word, with a code of
-- letters alone only in brackets; of nationality a code of two or three letters; and an outcome's number, or a class of
-- recorded crime, before words or behind them.
code_places as (

    select
        force_code,
        layout_valid_from,
        column_name,
        subject,
        value,
        form,
        subject = 'outcome' and form ~ '{{ outcome_before }}[^0-9]*[A-Z]{3}[^0-9]*$' as is_outcome_before,
        subject = 'outcome' and form ~ '^[^0-9]*[A-Z]{3}[^0-9]* {{ outcome_behind }}$' as is_outcome_behind,
        (
            subject = 'ethnicity'
            and (
                form ~ '^[A-Z]{3,}( .*)? (IC [0-9]|[A-Z]{1,2}[0-9]{1,2}|[0-9]{1,2}[A-Z]|[A-Z])$'
                or (form ~ '^[A-Z]{3,}( .*)? [A-Z]{2,4}$' and value ~ '[([] *[A-Za-z]{2,4} *[])] *$')
            )
        )
        or (subject = 'nationality' and form ~ '^.+ [A-Z]{2,3}$') as is_code_behind,
        column_name in ('home_office_code', 'offence_category') and form ~ '{{ class_before }}' as is_class_before,
        column_name in ('home_office_code', 'offence_category') and form ~ '{{ class_behind }}' as is_class_behind,
        row_count,
        first_seen_on,
        last_seen_on
    from forms

),

labels as (

    select
        force_code,
        layout_valid_from,
        column_name,
        subject,
        value,
        form,
        case
            when is_outcome_before then substring(form from '{{ outcome_before }}')
            when is_outcome_behind then substring(form from ' {{ outcome_behind }}$')
            when is_class_before then (regexp_match(form, '{{ class_before }}'))[1]
            when is_class_behind then (regexp_match(form, '{{ class_behind }}'))[2]
            when subject not in ('ethnicity', 'nationality') then null
            when is_code_behind then replace(substring(form from ' (IC [0-9]|[^ ]+)$'), ' ', '')
            else replace(substring(form from '^(IC [0-9]|[^ ]+) '), ' ', '')
        end as label_code,
        case
            when is_outcome_before then regexp_replace(form, '{{ outcome_before }}', '')
            when is_outcome_behind then regexp_replace(form, '( (OUTCOME|OC))? {{ outcome_behind }}$', '')
            when is_class_before then (regexp_match(form, '{{ class_before }}'))[2]
            when is_class_behind then (regexp_match(form, '{{ class_behind }}'))[1]
            when subject not in ('ethnicity', 'nationality') then null
            when is_code_behind then regexp_replace(form, ' (IC [0-9]|[^ ]+)$', '')
            else substring(form from '^(?:IC [0-9]|[^ ]+) (.+)$')
        end as label_form,
        row_count,
        first_seen_on,
        last_seen_on
    from code_places

),

-- Beside a code that says the group, `Other` and `British` are below its heading.
label_headings as (

    select
        force_code,
        layout_valid_from,
        column_name,
        subject,
        value,
        form,
        label_code,
        label_form,
        case
            when subject <> 'ethnicity' then ''
            when label_form !~ '^(ANY OTHER|OTHER|BRITISH)( (BACKGROUND|ETHNIC|GROUP))*$' then ''
            when label_code ~ '^W[0-9]$' then 'WHITE '
            when label_code ~ '^M[0-9]$' then 'MIXED '
            when label_code ~ '^A[0-9]$' then 'ASIAN '
            when label_code ~ '^B[0-9]$' then 'BLACK '
            else ''
        end as heading,
        row_count,
        first_seen_on,
        last_seen_on
    from labels

)

select
    force_code,
    layout_valid_from,
    column_name,
    subject,
    value,
    form,
    label_code,
    heading || label_form as label_form,
    row_count,
    first_seen_on,
    last_seen_on
from label_headings
