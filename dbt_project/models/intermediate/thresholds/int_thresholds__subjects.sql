-- What is watched: every pair of seeds/dyads.csv, and every home country of one.
select
    concat(home_iso3, '-', partner_iso3) as subject,
    'dyad' as subject_kind,
    home_iso3,
    partner_iso3
from {{ ref('dyads') }}

union all

select distinct
    home_iso3 as subject,
    'country' as subject_kind,
    home_iso3,
    cast(null as string) as partner_iso3
from {{ ref('dyads') }}
