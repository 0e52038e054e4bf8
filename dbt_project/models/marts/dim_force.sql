with forces as (

    select * from {{ ref('forces') }}

),

sources as (

    select * from {{ ref('stg_source') }}

)

select
    forces.force_code,
    forces.name,
    forces.gss_code,
    forces.records_system,
    forces.kind,
    forces.valid_from,
    forces.valid_to,
    forces.successor_force_code,
    sources.status,
    coalesce(sources.is_counted_nationally, false) as is_counted_nationally
from forces
left join sources on forces.force_code = sources.force_code
