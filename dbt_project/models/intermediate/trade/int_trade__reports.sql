-- Every published total of goods trade between the countries of a watched pair, as home sees it: home's own report,
-- the partner's report of the same flow (home's export is the partner's import), and what a third party reconciled.
-- The two-way totals that some publish beside or instead of the two flows are here too (flow total).
-- All candidates are here; trade_flows chooses among them.
with dyads as (

    select * from {{ ref('int_dyads__watched') }}

),

precedence as (

    select * from {{ ref('publisher_precedence') }} where purpose in ('trade', 'two_way_total')

),

figures as (

    select * from {{ ref('int_trade__totals') }}

),

ranked_figures as (

    select figures.*, precedence.view as kind, precedence.rank as precedence_rank
    from figures
    inner join precedence
        on figures.dataset = precedence.dataset
        and figures.definition = precedence.definition
        and figures.basis = precedence.basis
        and figures.frequency = precedence.frequency
        and precedence.purpose = case when figures.flow = 'total' then 'two_way_total' else 'trade' end

),

-- Whose record of which flow is home's export, home's import, or their total.
perspectives as (

    select 'home_reported' as view, 'own' as kind, 'home' as recorder, 'export' as recorded_flow, 'export' as flow
    union all
    select 'home_reported' as view, 'own' as kind, 'home' as recorder, 'import' as recorded_flow, 'import' as flow
    union all
    select 'home_reported' as view, 'own' as kind, 'home' as recorder, 'total' as recorded_flow, 'total' as flow
    union all
    select 'partner_reported' as view, 'own' as kind, 'partner' as recorder, 'import' as recorded_flow, 'export' as flow
    union all
    select 'partner_reported' as view, 'own' as kind, 'partner' as recorder, 'export' as recorded_flow, 'import' as flow
    union all
    select 'partner_reported' as view, 'own' as kind, 'partner' as recorder, 'total' as recorded_flow, 'total' as flow
    union all
    select 'third_party' as view, 'third_party' as kind, 'home' as recorder, 'import' as recorded_flow, 'import' as flow
    union all
    select 'third_party' as view, 'third_party' as kind, 'partner' as recorder, 'import' as recorded_flow, 'export' as flow

),

wanted as (

    select
        dyads.home_iso3,
        dyads.partner_iso3,
        dyads.dyad_role,
        perspectives.view,
        perspectives.kind,
        perspectives.flow,
        perspectives.recorded_flow,
        case when perspectives.recorder = 'home' then dyads.home_iso3 else dyads.partner_iso3 end as recorder_iso3,
        case when perspectives.recorder = 'home' then dyads.partner_iso3 else dyads.home_iso3 end as counterpart_iso3
    from dyads
    cross join perspectives

)

select
    wanted.home_iso3,
    wanted.partner_iso3,
    wanted.dyad_role,
    ranked_figures.frequency,
    ranked_figures.period,
    ranked_figures.period_start,
    wanted.flow,
    wanted.view,
    ranked_figures.basis,
    ranked_figures.valuation,
    ranked_figures.value_usd,
    ranked_figures.publisher,
    ranked_figures.dataset,
    ranked_figures.definition,
    ranked_figures.is_provisional,
    ranked_figures.is_estimated,
    ranked_figures.is_converted,
    ranked_figures.is_aggregated,
    ranked_figures.fx_rate,
    ranked_figures.fx_source,
    ranked_figures.precedence_rank,
    ranked_figures.series_id,
    ranked_figures.known_from,
    ranked_figures.snapshot_id
from wanted
inner join ranked_figures
    on wanted.recorder_iso3 = ranked_figures.reporter_iso3
    and wanted.counterpart_iso3 = ranked_figures.partner_iso3
    and wanted.recorded_flow = ranked_figures.flow
    and wanted.kind = ranked_figures.kind
