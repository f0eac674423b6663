-- Both records of one flow side by side, made comparable: the importer's without freight and insurance.
-- Estimated figures are left out: they are often made from the other side's record, and would agree with it.
with flows as (

    select * from {{ ref('trade_flows') }}
    where basis = 'customs'
        and view in ('home_reported', 'partner_reported')
        and value_usd is not null
        and not is_estimated

),

-- A reporter that publishes its imports in both valuations shows its own factor, if that is a plausible one.
own_fob as (

    select dataset, reporter_iso3, partner_iso3, frequency, period, value_usd as fob_usd
    from {{ ref('observations') }}
    where definition = 'goods_trade_fob' and product = 'TOTAL' and flow = 'import'

),

cells as (

    select
        home_iso3,
        partner_iso3,
        max(dyad_role) as dyad_role,
        frequency,
        period,
        min(period_start) as period_start,
        flow,
        max(case when view = 'home_reported' then value_usd end) as home_reported_usd,
        max(case when view = 'partner_reported' then value_usd end) as partner_reported_usd,
        max(case when view = 'home_reported' then dataset end) as home_dataset,
        max(case when view = 'partner_reported' then dataset end) as partner_dataset,
        max(case when (flow = 'import') = (view = 'home_reported') then value_usd end) as importer_usd,
        max(case when (flow = 'import') = (view = 'home_reported') then valuation end) as importer_valuation,
        max(case when (flow = 'import') = (view = 'home_reported') then dataset end) as importer_dataset,
        max(case when (flow = 'export') = (view = 'home_reported') then value_usd end) as exporter_usd,
        case when flow = 'import' then home_iso3 else partner_iso3 end as importer_iso3,
        case when flow = 'import' then partner_iso3 else home_iso3 end as exporter_iso3,
        max(case when is_provisional then 1 else 0 end) = 1 as is_provisional
    from flows
    group by home_iso3, partner_iso3, frequency, period, flow

),

factored as (

    select
        cells.*,
        case
            when cells.importer_valuation = 'FOB' then 1.0
            else coalesce(
                {{ cif_fob_factor('cells.importer_usd', 'own_fob.fob_usd') }}, {{ parameter('cif_fob_factor') }}
            )
        end as cif_fob_factor,
        case
            when cells.importer_valuation = 'FOB' then 'importer values FOB'
            when {{ cif_fob_factor('cells.importer_usd', 'own_fob.fob_usd') }} is not null then 'importer publishes both'
            else 'default'
        end as cif_fob_basis
    from cells
    left join own_fob
        on cells.importer_dataset = own_fob.dataset
        and cells.importer_iso3 = own_fob.reporter_iso3
        and cells.exporter_iso3 = own_fob.partner_iso3
        and cells.frequency = own_fob.frequency
        and cells.period = own_fob.period
        and {{ cif_fob_factor('cells.importer_usd', 'own_fob.fob_usd') }}
            between 1 and {{ parameter('cif_fob_factor_own_max') }}

),

comparable as (

    select factored.*, {{ fob_equivalent('importer_usd', 'cif_fob_factor') }} as importer_fob_usd
    from factored

)

select
    comparable.*,
    {{ mirror_gap_log('importer_fob_usd', 'exporter_usd') }} as gap_log
from comparable
