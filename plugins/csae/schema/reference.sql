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

-- What a value that cannot be decoded is likely to mean; `scheme` is empty where the YAML names none.
create table if not exists reference.source_suggestion (
    source text not null,
    column_name text not null,
    scheme text not null,
    value text not null,
    suggested_code text not null,
    score integer not null,
    evidence text not null,
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

-- The force that a text names: by its normal form, else by its words. Null where it names none, or could name several.
create or replace function reference.force_code(named text) returns text
language sql stable strict parallel safe
as $$
with written as (
    select trim(regexp_replace(
        upper(regexp_replace(normalize(named, nfkd), '[\u0300-\u036f]', '', 'g')), '[^A-Z0-9]+', ' ', 'g'
    )) as form
),

words as (
    select string_agg(distinct said.word collate "C", ' ' order by said.word collate "C") as form
    from written
    cross join lateral regexp_split_to_table(written.form, ' ') as part (word)
    left join reference.force_word as listed on part.word = listed.word
    cross join lateral regexp_split_to_table(coalesce(listed.stands_for, part.word), ' ') as said (word)
    where said.word <> ''
)

select nullif(
    coalesce(
        (select f.force_code from reference.force_form as f, written where f.rule = 'wording' and f.form = written.form),
        (select f.force_code from reference.force_form as f, words where f.rule = 'words' and f.form = words.form)
    ),
    'AMBIGUOUS'
)
$$;
