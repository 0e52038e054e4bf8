with distinct_values as (

    select * from {{ ref('int_distinct_value') }}

),

form_keys as (

    select * from {{ ref('int_form_key') }}

),

wording_readings as (

    select * from {{ ref('int_wording_reading') }}

),

parts as (

    select * from {{ ref('offence_part') }}

),

acts as (

    select * from {{ ref('offence_act') }}

),

offences as (

    select * from {{ ref('offence_by_part') }}

),

classes as (

    select * from {{ ref('offence_category_wording') }}

),

titles as (

    select
        distinct_values.force_code,
        distinct_values.layout_valid_from,
        distinct_values.column_name,
        distinct_values.value,
        form_keys.words
    from distinct_values
    inner join form_keys
        on distinct_values.subject = form_keys.subject and distinct_values.form = form_keys.form
    where distinct_values.column_name = 'offence_title'

),

act_words as (

    select
        acts.offence_act,
        form_keys.words
    from acts
    inner join form_keys
        on form_keys.subject = 'offence' and form_keys.form = {{ normalised_form('acts.wording') }}

),

all_words as (

    select words from titles
    union
    select words from act_words

),

-- Every word is of a part, or of the act.
sorted_words as (

    select
        all_words.words,
        written.word,
        parts.part,
        parts.says
    from all_words
    cross join lateral regexp_split_to_table(all_words.words, ' ') as written (word)
    left join parts on written.word = parts.word

),

said as (

    select
        words,
        coalesce(string_agg(word, ' ' order by word collate "C") filter (where part is null), '') as act_words,
        {% for part in [
            'victim_sex', 'victim_age', 'victim_is_child', 'penetration', 'offender_age', 'offender_sex'
        ] %}
            max(says) filter (where part = '{{ part }}') as {{ part }},
        {% endfor %}
        count(distinct part) as parts,
        count(distinct part || ' ' || says) as things_said
    from sorted_words
    group by words

),

acts_by_words as (

    select distinct
        act_words.offence_act,
        said.act_words
    from act_words
    inner join said on act_words.words = said.words

),

-- What says two things of one part says none. Of what is not said, each may be.
by_parts as (

    select
        said.words,
        min(offences.home_office_code) as harmonised_code
    from said
    inner join acts_by_words on said.act_words = acts_by_words.act_words
    inner join offences on acts_by_words.offence_act = offences.offence_act
    where
        said.parts = said.things_said
        {% for part in ['victim_sex', 'victim_age', 'penetration', 'offender_age', 'offender_sex'] %}
            and coalesce(offences.{{ part }} = said.{{ part }}, true)
        {% endfor %}
        {% for part in ['victim_sex', 'victim_is_child', 'penetration', 'offender_age', 'offender_sex'] %}
            and (offences.must_say is distinct from '{{ part }}' or said.{{ part }} is not null)
        {% endfor %}
    group by said.words
    having count(distinct offences.home_office_code) = 1

),

class_words as (

    select distinct
        form_keys.words,
        classes.offence_category as harmonised_code
    from classes
    inner join form_keys
        on form_keys.subject = 'offence' and form_keys.form = {{ normalised_form('classes.wording') }}

),

title_readings as (

    select
        titles.force_code,
        titles.layout_valid_from,
        titles.column_name,
        titles.value,
        'title_parts' as rule,
        by_parts.harmonised_code
    from titles
    inner join by_parts on titles.words = by_parts.words

),

-- The words of a class's title, where no offence has them.
class_readings as (

    select
        titles.force_code,
        titles.layout_valid_from,
        titles.column_name,
        titles.value,
        'category_title' as rule,
        class_words.harmonised_code
    from titles
    inner join class_words on titles.words = class_words.words
    left join wording_readings
        on
            titles.force_code = wording_readings.force_code
            and titles.layout_valid_from = wording_readings.layout_valid_from
            and titles.column_name = wording_readings.column_name
            and titles.value = wording_readings.value
            and wording_readings.rule in ('title', 'title_words', 'ambiguous')
    where wording_readings.value is null

)

{% for reading in ['title_readings', 'class_readings'] %}
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
