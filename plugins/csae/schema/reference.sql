-- The codes that each source declares in its YAML, by layout: written from forces/ before each transformation.
create table if not exists reference.source (
    source text primary key,
    name text not null,
    status text not null,
    delivery_mode text not null,
    due_every text not null,
    due_day integer not null
);

create table if not exists reference.source_code_scheme (
    source text not null,
    layout_valid_from date not null,
    column_name text not null,
    scheme text not null,
    primary key (source, layout_valid_from, column_name)
);

create table if not exists reference.source_code (
    source text not null,
    scheme text not null,
    code text not null,
    harmonised_code text not null,
    primary key (source, scheme, code)
);

-- What a value that cannot be decoded is likely to mean; `scheme` is empty where the YAML names none. Every value that was
-- looked at is here: without a code where it is decoded, or where nothing is like it.
create table if not exists reference.source_suggestion (
    source text not null,
    column_name text not null,
    scheme text not null,
    value text not null,
    suggested_code text,
    score integer,
    evidence text,
    primary key (source, column_name, scheme, value)
);

-- The reasons for closing a case that a source's YAML maps to: any other text could be anything.
create table if not exists reference.source_closing_reason (
    source text not null,
    reason text not null,
    primary key (source, reason)
);

-- The forms in which a force is named, from the seeds: written before each gate and each transformation, because the
-- gate of a first night comes before dbt has loaded any seed.
create table if not exists reference.force_form (
    rule text not null check (rule in ('wording', 'words')),
    form text not null,
    force_code text not null,
    primary key (rule, form)
);

create table if not exists reference.force_word (
    word text primary key,
    stands_for text not null
);

-- The known words of them with at most one letter left out, at which place; by these a word with one letter wrong is
-- read. Two words of one meaning stand in nobody's way.
create table if not exists reference.force_spelling (
    letters text not null,
    place integer not null,
    word text not null,
    meaning text not null,
    may_be_meant boolean not null,
    primary key (letters, place, word)
);

-- The force that a form names: by its normal form, else by its words. AMBIGUOUS where it could name several.
create or replace function reference.force_of_form(named text) returns text
language sql stable strict parallel safe
as $$
with words as (
    select string_agg(distinct said.word collate "C", ' ' order by said.word collate "C") as form
    from regexp_split_to_table(named, ' ') as part (word)
    left join reference.force_word as listed on part.word = listed.word
    cross join lateral regexp_split_to_table(coalesce(listed.stands_for, part.word), ' ') as said (word)
    where said.word <> ''
)

select coalesce(
    (select f.force_code from reference.force_form as f where f.rule = 'wording' and f.form = named),
    (select f.force_code from reference.force_form as f, words where f.rule = 'words' and f.form = words.form)
)
$$;

-- The normal form with words put right that have one letter wrong; null where there are none. `int_spelling` says by
-- which words.
create or replace function reference.force_spelt(named text) returns text
language sql stable strict parallel safe
as $$
with written as (
    select word, place from regexp_split_to_table(named, ' ') with ordinality as part (word, place)
),

unknown as (
    select distinct word
    from written
    where
        word ~ '^[A-Z]{6,}$'
        and not exists (select from reference.force_spelling as s where s.letters = written.word and s.place = 0)
),

keys as (
    select
        unknown.word,
        places.place,
        case when places.place = 0 then unknown.word
            else left(unknown.word, places.place - 1) || substr(unknown.word, places.place + 1)
        end as letters
    from unknown
    cross join lateral generate_series(0, length(unknown.word)) as places (place)
),

near as (
    select
        keys.word,
        known.word as known_word,
        known.meaning,
        known.may_be_meant
        and left(known.word, 1) = left(keys.word, 1)
        and (
            keys.place = 0
            or known.place = 0
            or keys.place = known.place
            or (
                abs(keys.place - known.place) = 1
                and substr(keys.word, keys.place, 1) = substr(known.word, known.place, 1)
            )
        ) as is_one_letter
    from keys
    inner join reference.force_spelling as known on keys.letters = known.letters
),

meant as (
    select word, min(known_word collate "C") filter (where is_one_letter) as meant_word
    from near
    group by word
    having count(distinct meaning) = 1 and bool_or(is_one_letter)
)

select string_agg(coalesce(meant.meant_word, written.word), ' ' order by written.place)
from written
left join meant on written.word = meant.word
having bool_or(meant.word is not null)
$$;

-- The force that a text names, as it is written, else with letters put right. Null where it names none, or could name
-- several.
create or replace function reference.force_code(named text) returns text
language sql stable strict parallel safe
as $$
with written as (
    select trim(regexp_replace(
        upper(regexp_replace(
            normalize(
                case
                    when named !~ '[<>≤≥+]|&[A-Za-z#]' then named
                    else
                        regexp_replace(
                            regexp_replace(
                                regexp_replace(
                                    regexp_replace(
                                        regexp_replace(named, '(<|≤|&lt;)=? ?(?=[0-9])', ' under ', 'g'),
                                        '(>|≥|&gt;)=? ?(?=[0-9])', ' over ', 'g'
                                    ),
                                    '([0-9]) ?[+](?! ?[0-9])', '\1 or over ', 'g'
                                ),
                                '&(?:amp;)*([a-z])(?:acute|caron|cedil|circ|grave|ring|tilde|uml);', '\1', 'gi'
                            ),
                            '&(?:amp;)*(?:[a-z]{2,6}|#x?[0-9a-f]{2,5});', ' ', 'gi'
                        )
                end,
                nfkd
            ),
            '[\u0300-\u036f]', '', 'g'
        )),
        '[^A-Z0-9]+', ' ', 'g'
    )) as form
)

select nullif(
    coalesce(reference.force_of_form(written.form), reference.force_of_form(reference.force_spelt(written.form))),
    'AMBIGUOUS'
)
from written
$$;
