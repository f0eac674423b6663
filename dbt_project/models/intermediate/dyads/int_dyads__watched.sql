-- The pairs that are watched: those of the seed (focus), and beside each of them every peer of its home, that is every
-- present member of a group that the home belongs to, with the same partner (peer).
with dyads as (

    select home_iso3, partner_iso3 from {{ ref('dyads') }}

),

reference as (

    select reference_date from {{ ref('stg_store__reference') }}

),

present_members as (

    select distinct memberships.group_id, memberships.iso3
    from {{ ref('group_memberships') }} as memberships
    cross join reference
    where memberships.member_from <= reference.reference_date
        and (memberships.member_to is null or memberships.member_to > reference.reference_date)

),

peers as (

    select distinct others.iso3 as home_iso3, dyads.partner_iso3
    from dyads
    inner join present_members as own on dyads.home_iso3 = own.iso3
    inner join present_members as others on own.group_id = others.group_id
    where others.iso3 not in (dyads.home_iso3, dyads.partner_iso3)

)

select home_iso3, partner_iso3, 'focus' as dyad_role
from dyads

union all

select peers.home_iso3, peers.partner_iso3, 'peer' as dyad_role
from peers
left join dyads
    on peers.home_iso3 = dyads.home_iso3
    and peers.partner_iso3 = dyads.partner_iso3
where dyads.home_iso3 is null
