-- How fast exports would have to grow, from each year that is known, to reach each target of seeds/targets.csv, beside
-- how fast they have grown. A target is a share of the deficit that may remain (of the base year's deficit), or a level
-- of exports. Every base year has its row: read down a target to see how the required growth drifts as years pass.
with bases as (

    select * from {{ ref('int_balancing__bases') }}

),

newest as (

    select home_iso3, partner_iso3, metric, definition, view, basis, frequency, max(period_end) as period_end
    from bases
    where exports_usd is not null and (imports_usd is not null or metric <> 'deficit_usd')
    group by home_iso3, partner_iso3, metric, definition, view, basis, frequency

),

-- A target year without a fiscal mark ends as the base's own years do, so that whole years lie between them.
paired as (

    select
        bases.home_iso3,
        bases.partner_iso3,
        bases.metric,
        bases.definition,
        bases.view,
        bases.basis,
        bases.frequency,
        bases.period as base_period,
        bases.period_end as base_end,
        bases.exports_usd,
        bases.imports_usd,
        bases.dataset,
        targets.target_id,
        targets.remaining_share,
        targets.target_value_usd,
        case
            when targets.target_period like 'FY%' or bases.frequency = 'A' then targets.target_period
            else concat('FY', targets.target_period)
        end as target_period,
        case when targets.target_period like 'FY%' or bases.frequency = 'FY' then 'FY' else 'A' end as target_frequency,
        targets.source_title as target_source,
        targets.source_url as target_source_url,
        targets.source_kind as target_source_kind,
        targets.set_by as target_set_by,
        targets.set_on as target_set_on,
        targets.note as target_note
    from bases
    inner join {{ ref('targets') }} as targets
        on targets.metric = bases.metric
        and coalesce(targets.definition, '') = coalesce(bases.definition, '')
        and coalesce(targets.home_iso3, bases.home_iso3) = bases.home_iso3
        and coalesce(targets.partner_iso3, bases.partner_iso3) = bases.partner_iso3

),

measured as (

    select
        paired.*,
        cast(replace(target_period, 'FY', '') as int) as target_year,
        {{ years_between('base_end', period_end('target_period', 'target_frequency')) }} as years_to_target,
        {{ balance('exports_usd', 'imports_usd') }} as base_balance_usd
    from paired

),

aimed as (

    select
        measured.*,
        case
            when metric = 'deficit_usd' then remaining_share * {{ deficit('base_balance_usd') }}
        end as target_deficit_usd
    from measured
    where years_to_target > 0

),

grown as (

    select
        aimed.*,
        history.export_growth as historic_export_growth,
        history.import_growth as historic_import_growth,
        history.years as historic_growth_years,
        aimed.base_end = newest.period_end as is_latest_base
    from aimed
    left join {{ ref('int_balancing__history') }} as history
        on history.home_iso3 = aimed.home_iso3
        and history.partner_iso3 = aimed.partner_iso3
        and history.metric = aimed.metric
        and coalesce(history.definition, '') = coalesce(aimed.definition, '')
        and history.view = aimed.view
        and history.basis = aimed.basis
        and history.frequency = aimed.frequency
        and history.period = aimed.base_period
    left join newest
        on newest.home_iso3 = aimed.home_iso3
        and newest.partner_iso3 = aimed.partner_iso3
        and newest.metric = aimed.metric
        and coalesce(newest.definition, '') = coalesce(aimed.definition, '')
        and newest.view = aimed.view
        and newest.basis = aimed.basis
        and newest.frequency = aimed.frequency

),

-- A pair without a deficit has none to halve or to close.
required as (

    select
        grown.*,
        case
            when metric <> 'deficit_usd' then target_value_usd
            when base_balance_usd < 0 then imports_usd - target_deficit_usd
        end as required_exports_usd,
        case
            when base_balance_usd < 0 and metric = 'deficit_usd'
                then imports_usd * power(1 + historic_import_growth, years_to_target) - target_deficit_usd
        end as required_exports_with_import_growth_usd,
        case
            when metric <> 'deficit_usd' then {{ compound_growth('exports_usd', 'target_value_usd', 'years_to_target') }}
            when base_balance_usd < 0 then {{ required_export_growth(
                'exports_usd', 'imports_usd', 'target_deficit_usd', 'years_to_target', '0.0'
            ) }}
        end as required_export_growth,
        case
            when base_balance_usd < 0 and metric = 'deficit_usd' then {{ required_export_growth(
                'exports_usd', 'imports_usd', 'target_deficit_usd', 'years_to_target', 'historic_import_growth'
            ) }}
        end as required_export_growth_with_import_growth
    from grown

)

select
    home_iso3,
    partner_iso3,
    target_id,
    metric,
    definition,
    view,
    basis,
    frequency,
    base_period,
    coalesce(is_latest_base, false) as is_latest_base,
    exports_usd as base_exports_usd,
    imports_usd as base_imports_usd,
    base_balance_usd,
    target_period,
    target_year,
    years_to_target,
    case when base_balance_usd < 0 then 0.0 - target_deficit_usd end as target_balance_usd,
    target_value_usd as target_exports_usd,
    required_exports_usd,
    required_exports_with_import_growth_usd,
    required_export_growth,
    required_export_growth_with_import_growth,
    historic_export_growth,
    historic_import_growth,
    historic_growth_years,
    dataset,
    target_source,
    target_source_url,
    target_source_kind,
    target_set_by,
    target_set_on,
    target_note,
    nullif(concat_ws('; ',
        case when exports_usd is null then 'exports of the base year are not known in this view' end,
        case
            when metric = 'deficit_usd' and imports_usd is null then 'imports of the base year are not known in this view'
        end,
        case when metric = 'deficit_usd' and base_balance_usd >= 0 then 'there was no deficit in the base year' end,
        case when exports_usd = 0 then 'there were no exports in the base year to grow from' end,
        case
            when required_exports_with_import_growth_usd <= 0
                then 'with imports shrinking as they have, no exports are needed'
        end,
        case
            when metric <> 'deficit_usd' then 'a target for exports says nothing of imports or of a balance'
        end,
        case
            when historic_export_growth is null then 'exports some years before are not known in this view'
            when metric = 'deficit_usd' and historic_import_growth is null
                then 'imports some years before are not known in this view'
        end
    ), '') as null_reason
from required
