-- The members of each group side by side, on the same measure from the same kind of report: for each group, partner,
-- period and metric the view that knows most members; of several the partner's, which is one reporter for all.
with members as (

    select peer_group, partner_iso3, peer_iso3, is_home from {{ ref('int_peers__members') }}

),

-- Beside each partner the world, for metrics that have no partner.
seats as (

    select peer_group, partner_iso3, peer_iso3, is_home from members

    union all

    select peer_group, 'WLD' as partner_iso3, peer_iso3, max(case when is_home then 1 else 0 end) = 1 as is_home
    from members
    group by peer_group, peer_iso3

),

measured as (

    select
        seats.peer_group,
        seats.is_home,
        given.*
    from {{ ref('int_peers__values') }} as given
    inner join seats
        on seats.peer_iso3 = given.peer_iso3
        and seats.partner_iso3 = given.partner_iso3

),

views as (

    select
        peer_group,
        partner_iso3,
        frequency,
        period,
        metric,
        view,
        max(period_start) as period_start,
        count(*) as n_peers,
        median(value) as group_median,
        row_number() over (
            partition by peer_group, partner_iso3, frequency, period, metric
            order by count(*) desc, case view
                when 'partner_reported' then 1
                when 'home_reported' then 2
                when 'third_party' then 3
                else 4
            end
        ) as place
    from measured
    group by peer_group, partner_iso3, frequency, period, metric, view

),

-- One member alone is no comparison.
chosen as (

    select * from views where place = 1 and n_peers > 1

),

compared as (

    select
        seats.peer_iso3,
        seats.is_home,
        chosen.*,
        measured.value,
        measured.reporter_iso3,
        measured.publisher
    from chosen
    inner join seats
        on seats.peer_group = chosen.peer_group
        and seats.partner_iso3 = chosen.partner_iso3
    left join measured
        on measured.peer_group = chosen.peer_group
        and measured.partner_iso3 = chosen.partner_iso3
        and measured.peer_iso3 = seats.peer_iso3
        and measured.frequency = chosen.frequency
        and measured.period = chosen.period
        and measured.metric = chosen.metric
        and measured.view = chosen.view

)

select
    compared.peer_iso3,
    compared.partner_iso3,
    compared.peer_group,
    compared.is_home,
    compared.frequency,
    compared.period,
    compared.period_start,
    compared.metric,
    definitions.unit,
    compared.value,
    -- A member without a figure has no rank, and takes none from the others.
    case
        when compared.value is not null then cast(rank() over (
            partition by
                compared.peer_group, compared.partner_iso3, compared.frequency, compared.period, compared.metric
            order by case when compared.value is null then 1 else 0 end, compared.value desc
        ) as int)
    end as rank,
    cast(compared.n_peers as int) as n_peers,
    compared.group_median,
    compared.value - compared.group_median as distance_from_median,
    compared.view,
    compared.reporter_iso3,
    compared.publisher,
    case when compared.value is null then concat('no figure of this member in the view ', compared.view) end as null_reason
from compared
inner join {{ ref('peer_metrics') }} as definitions on definitions.metric = compared.metric
