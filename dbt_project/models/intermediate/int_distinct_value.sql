with crimes as (

    select * from {{ ref('int_crime_current') }}

),

involvements as (

    select * from {{ ref('int_involvement_current') }}

),

nationality_lists as (

    select * from {{ ref('int_nationality_list') }}

),

-- Every value that stands in a coded column, once: what follows decodes thousands of values and not millions of rows.
written as (

    {% for column_name, relation, subject in [
        ('self_defined_ethnicity', 'involvements', 'ethnicity'),
        ('observed_ethnicity', 'involvements', 'ethnicity'),
        ('immigration_status', 'involvements', 'immigration'),
        ('home_office_code', 'crimes', 'offence'),
        ('cjs_code', 'crimes', 'offence'),
        ('offence_title', 'crimes', 'offence'),
        ('offence_category', 'crimes', 'offence'),
        ('outcome_code', 'crimes', 'outcome'),
        ('transfer_force', 'crimes', 'force'),
    ] %}
        select
            force_code,
            layout_valid_from,
            '{{ column_name }}' as column_name,
            '{{ subject }}' as subject,
            {{ column_name }} as value,
            count(*) as row_count,
            min(delivery_on) as first_seen_on,
            max(delivery_on) as last_seen_on
        from {{ relation }}
        where {{ column_name }} is not null
        group by force_code, layout_valid_from, {{ column_name }}
        union all
    {% endfor %}
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

forms as (

    select
        force_code,
        layout_valid_from,
        column_name,
        subject,
        value,
        {{ normalised_form('value') }} as form,
        row_count,
        first_seen_on,
        last_seen_on
    from written

)

-- A code with its label, and a label that begins with a word with its code.
select
    force_code,
    layout_valid_from,
    column_name,
    subject,
    value,
    form,
    case
        when subject <> 'ethnicity' then null
        when form ~ '^[A-Z]{3,}( .*)? [A-Z][0-9]?$' then substring(form from '([^ ]+)$')
        else substring(form from '^([^ ]+) ')
    end as label_code,
    case
        when subject <> 'ethnicity' then null
        when form ~ '^[A-Z]{3,}( .*)? [A-Z][0-9]?$' then substring(form from '^(.+) [^ ]+$')
        else substring(form from '^[^ ]+ (.+)$')
    end as label_form,
    row_count,
    first_seen_on,
    last_seen_on
from forms
