-- The partner's share in home's exports and imports, for what home reports: from the world total of the very same
-- dataset, basis and period; else from one of the same publisher that the seed declares the same thing (world_total in
-- publisher_precedence); else the share that a publisher prints itself. Never from two publishers.
with flows as (

    select trade_flows.*, split_part(series_id, '|', 6) as definition
    from {{ ref('trade_flows') }} as trade_flows
    where view = 'home_reported' and value_usd is not null

),

totals as (

    select * from {{ ref('int_trade__totals') }} where partner_iso3 = 'WLD' and value_usd is not null

),

declared as (

    select * from {{ ref('publisher_precedence') }} where purpose = 'world_total'

),

world_totals as (

    select
        flows.home_iso3,
        flows.partner_iso3,
        flows.frequency,
        flows.period,
        flows.basis,
        flows.flow,
        totals.value_usd,
        totals.dataset,
        row_number() over (
            partition by flows.home_iso3, flows.partner_iso3, flows.frequency, flows.period, flows.basis, flows.flow
            order by
                case when totals.dataset = flows.dataset and totals.definition = flows.definition then 0 else 1 end,
                declared.rank,
                case when totals.is_aggregated then 1 else 0 end
        ) as place
    from flows
    inner join totals
        on flows.home_iso3 = totals.reporter_iso3
        and flows.basis = totals.basis
        and flows.flow = totals.flow
        and flows.frequency = totals.frequency
        and flows.period = totals.period
        and flows.publisher = totals.publisher
    left join declared
        on totals.dataset = declared.dataset
        and totals.definition = declared.definition
        and totals.basis = declared.basis
        and totals.frequency = declared.frequency
    where
        (totals.dataset = flows.dataset
            and totals.definition = flows.definition
            and totals.is_aggregated = flows.is_aggregated)
        or declared.dataset is not null

),

printed as (

    select
        observations.reporter_iso3,
        observations.partner_iso3,
        observations.flow,
        observations.basis,
        observations.frequency,
        observations.period,
        observations.dataset,
        observations.value / 100 as share,
        row_number() over (
            partition by
                observations.reporter_iso3, observations.partner_iso3, observations.flow, observations.basis,
                observations.frequency, observations.period
            order by precedence.rank
        ) as place
    from {{ ref('observations') }} as observations
    inner join {{ ref('publisher_precedence') }} as precedence
        on observations.dataset = precedence.dataset
        and observations.definition = precedence.definition
        and observations.basis = precedence.basis
        and observations.frequency = precedence.frequency
        and precedence.purpose = 'published_share'
    where observations.unit = 'percent'

),

shares as (

    select
        flows.home_iso3,
        flows.partner_iso3,
        flows.frequency,
        flows.period,
        flows.basis,
        flows.flow,
        coalesce({{ share('flows.value_usd', 'world_totals.value_usd') }}, printed.share) as share,
        case
            when {{ share('flows.value_usd', 'world_totals.value_usd') }} is not null
                then concat('world total of ', world_totals.dataset)
            when printed.share is not null then concat('share printed by ', printed.dataset)
        end as share_basis
    from flows
    left join world_totals
        on flows.home_iso3 = world_totals.home_iso3
        and flows.partner_iso3 = world_totals.partner_iso3
        and flows.frequency = world_totals.frequency
        and flows.period = world_totals.period
        and flows.basis = world_totals.basis
        and flows.flow = world_totals.flow
        and world_totals.place = 1
        -- A part that is larger than the whole does not belong to it.
        and flows.value_usd <= world_totals.value_usd
    left join printed
        on flows.home_iso3 = printed.reporter_iso3
        and flows.partner_iso3 = printed.partner_iso3
        and flows.flow = printed.flow
        and flows.basis = printed.basis
        and flows.frequency = printed.frequency
        and flows.period = printed.period
        and printed.place = 1

)

select
    home_iso3,
    partner_iso3,
    frequency,
    period,
    basis,
    'home_reported' as view,
    max(case when flow = 'export' then share end) as export_share,
    max(case when flow = 'import' then share end) as import_share,
    max(case when flow = 'export' then share_basis end) as export_share_basis,
    max(case when flow = 'import' then share_basis end) as import_share_basis
from shares
group by home_iso3, partner_iso3, frequency, period, basis
