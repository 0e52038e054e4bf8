with signals as (

    select * from {{ ref('stg_signal') }}

),

loads as (

    select * from {{ ref('stg_load') }}

)

select
    signals.load_id,
    loads.force_code,
    loads.delivery_on,
    loads.is_accepted,
    signals.code,
    signals.level,
    signals.extract_name,
    signals.column_name,
    signals.message,
    min(loads.delivery_on) over same_signal as first_seen_on,
    max(loads.delivery_on) over same_signal as last_seen_on
from signals
inner join loads on signals.load_id = loads.load_id
window same_signal as (
    partition by loads.force_code, signals.code, signals.extract_name, signals.column_name
)
