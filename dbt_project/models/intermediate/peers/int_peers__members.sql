-- Who is compared with whom: the present members of every group that a home belongs to, for each of its partners.
with reference as (

    select reference_date from {{ ref('stg_store__reference') }}

),

present_members as (

    select distinct memberships.group_id, memberships.iso3
    from {{ ref('group_memberships') }} as memberships
    cross join reference
    where memberships.member_from <= reference.reference_date
        and (memberships.member_to is null or memberships.member_to > reference.reference_date)

),

dyads as (

    select home_iso3, partner_iso3 from {{ ref('dyads') }}

),

groups_of_dyads as (

    select distinct own.group_id, dyads.partner_iso3
    from dyads
    inner join present_members as own on own.iso3 = dyads.home_iso3

)

select
    groups_of_dyads.group_id as peer_group,
    groups_of_dyads.partner_iso3,
    members.iso3 as peer_iso3,
    dyads.home_iso3 is not null as is_home
from groups_of_dyads
inner join present_members as members
    on members.group_id = groups_of_dyads.group_id
    and members.iso3 <> groups_of_dyads.partner_iso3
left join dyads
    on dyads.home_iso3 = members.iso3
    and dyads.partner_iso3 = groups_of_dyads.partner_iso3
