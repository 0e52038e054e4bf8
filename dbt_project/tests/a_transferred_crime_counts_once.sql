-- Of the crimes that transfers connect, one counts: never two, and none only where the last that had it withdrew it.
with chains as (

    {{ checked_rows(ref('int_crime_chain'), 'crime_key', ref('int_changed_crime')) }}

),

versions as (

    select * from {{ ref('int_crime_version') }}

),

crimes as (

    select * from {{ ref('int_crime_current') }}

),

sources as (

    select * from {{ ref('stg_source') }}

),

counted as (

    select
        chains.chain_key,
        count(*) filter (where crimes.is_counted_nationally) as crimes,
        count(*) filter (where sources.is_counted_nationally and not versions.is_withdrawn) as crimes_standing,
        count(*) filter (where sources.is_counted_nationally and versions.is_withdrawn) as crimes_withdrawn
    from chains
    left join versions on chains.crime_key = versions.crime_key and versions.is_standing
    left join sources on versions.force_code = sources.force_code
    left join crimes on chains.crime_key = crimes.crime_key
    group by chains.chain_key

)

select
    chain_key,
    crimes,
    crimes_standing,
    crimes_withdrawn
from counted
where
    crimes > 1
    or (crimes = 0 and crimes_standing > 0 and crimes_withdrawn = 0)
