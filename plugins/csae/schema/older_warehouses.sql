-- What warehouses made by earlier versions lack. Looked up first: to alter a table is to wait for its readers.
create or replace function ops.lacks(of_table regclass, column_name text) returns boolean
language sql stable strict
return not exists (
    select 1 from pg_attribute as a where a.attrelid = of_table and a.attname = column_name and not a.attisdropped
);

-- What a warehouse made before case reviews lacks.
do $$
begin
    if ops.lacks('ops.load', 'case_reviews_read') then
        alter table ops.load add column case_reviews_read bigint, add column case_reviews_quarantined bigint;
        alter table ops.quarantined_row drop constraint quarantined_row_record_kind_check;
        alter table ops.quarantined_row add constraint quarantined_row_record_kind_check
        check (record_kind in ('crime', 'involvement', 'case_review'));
        alter table ops.night_source add column is_waived boolean not null default false;
        -- Written anew before each transformation.
        truncate reference.source;
        alter table reference.source
        add column delivery_mode text not null, add column due_every text not null,
        add column due_day integer not null;
    end if;
end
$$;

-- What a warehouse made before drift was looked at lacks.
do $$
begin
    if ops.lacks('ops.load_notice', 'level') then
        alter table ops.load_notice
        add column level text not null default 'warning' check (level in ('info', 'warning', 'error')),
        add column extract_name text not null default '', add column column_name text not null default '',
        drop constraint load_notice_pkey, add primary key (load_id, code, extract_name, column_name);
    end if;
end
$$;

-- What a warehouse made before generations were kept by differences lacks.
do $$
begin
    if ops.lacks('ops.generation', 'mode') then
        alter table ops.generation
        add column rules_sha256 text not null default '',
        add column mode text check (mode in ('full', 'incremental'));
    end if;
end
$$;

-- What a warehouse made before generations knew rejected and repeated loads lacks.
do $$
begin
    if ops.lacks('ops.generation_load', 'state') then
        alter table ops.generation_load add column state text not null default 'accepted';
    end if;
end
$$;

-- What a warehouse made before offences had a title and a category lacks.
do $$
begin
    if ops.lacks('raw.crime', 'offence_title') then
        alter table raw.crime
        add column offence_title text, add column offence_category text, add column is_child_abuse_flagged text;
    end if;
end
$$;

-- What a warehouse made before names had a sound and dates of birth had parts lacks. Rows that it holds have none.
do $$
begin
    if ops.lacks('raw.involvement', 'name_part_tokens') then
        alter table raw.involvement
        add column surname_phonetic_token text, add column first_forename_token text,
        add column forename_phonetic_token text, add column name_part_tokens text,
        add column date_of_birth_swapped_token text, add column date_of_birth_is_placeholder text,
        add column birth_year_month_token text, add column birth_year_day_token text,
        add column birth_month_day_token text;
    end if;
end
$$;

-- What a warehouse made before names had consonants and were common or not lacks. Rows that it holds have none.
do $$
begin
    if ops.lacks('raw.involvement', 'forename_is_common') then
        alter table raw.involvement
        add column surname_consonants_token text, add column surname_is_common text,
        add column forename_consonants_token text, add column forename_is_common text;
    end if;
end
$$;

-- What a warehouse made before tests read only what changed lacks.
do $$
begin
    if ops.lacks('ops.generation', 'tests') then
        alter table ops.generation add column tests text check (tests in ('all', 'changed'));
    end if;
end
$$;

-- What a warehouse made before values without a suggestion were kept has.
do $$
begin
    if exists (
        select 1 from pg_attribute
        where attrelid = 'reference.source_suggestion'::regclass and attname = 'evidence' and attnotnull
    ) then
        alter table reference.source_suggestion
        alter column suggested_code drop not null, alter column score drop not null, alter column evidence drop not null;
    end if;
end
$$;

-- What a warehouse made before a switch looked up no load again has.
do $$
begin
    if exists (select 1 from pg_constraint where conrelid = 'ops.generation_load'::regclass and contype = 'f') then
        alter table ops.generation_load
        drop constraint generation_load_generation_id_fkey, drop constraint generation_load_load_id_fkey;
    end if;
end
$$;
