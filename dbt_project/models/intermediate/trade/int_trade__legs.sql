-- Both legs of a dyad in one row for each period, view and basis: the views that somebody published, and ours
-- (reconciled), which lies between the two customs records. A two-way total that somebody published stands beside
-- them: in some years it is all that is known.
with flows as (

    select * from {{ ref('trade_flows') }}

),

published as (

    select
        home_iso3,
        partner_iso3,
        frequency,
        period,
        view,
        basis,
        max(dyad_role) as dyad_role,
        min(period_start) as period_start,
        max(case when flow = 'export' then value_usd end) as exports_usd,
        max(case when flow = 'import' then value_usd end) as imports_usd,
        max(case when flow = 'export' then publisher end) as publisher_exports,
        max(case when flow = 'import' then publisher end) as publisher_imports,
        max(case when flow = 'export' then dataset end) as dataset_exports,
        max(case when flow = 'import' then dataset end) as dataset_imports,
        max(case when is_provisional then 1 else 0 end) = 1 as is_provisional,
        max(case when is_estimated then 1 else 0 end) = 1 as is_estimated,
        cast(null as double) as balance_low_usd,
        cast(null as double) as balance_high_usd
    from flows
    group by home_iso3, partner_iso3, frequency, period, view, basis

),

reconciled as (

    select
        home_iso3,
        partner_iso3,
        frequency,
        period,
        'reconciled' as view,
        'customs' as basis,
        max(dyad_role) as dyad_role,
        min(period_start) as period_start,
        max(case when flow = 'export' then reconciled_usd end) as exports_usd,
        max(case when flow = 'import' then reconciled_usd end) as imports_usd,
        'karakoram' as publisher_exports,
        'karakoram' as publisher_imports,
        max(case when flow = 'export' then concat(home_dataset, ' and ', partner_dataset) end) as dataset_exports,
        max(case when flow = 'import' then concat(home_dataset, ' and ', partner_dataset) end) as dataset_imports,
        max(case when is_provisional then 1 else 0 end) = 1 as is_provisional,
        true as is_estimated,
        max(case when flow = 'export' then low_usd end) - max(case when flow = 'import' then high_usd end)
            as balance_low_usd,
        max(case when flow = 'export' then high_usd end) - max(case when flow = 'import' then low_usd end)
            as balance_high_usd
    from {{ ref('mirror_ledger') }}
    where reconciled_usd is not null
    group by home_iso3, partner_iso3, frequency, period

),

legs as (

    select * from published

    union all

    select * from reconciled

),

published_totals as (

    select * from (
        select
            reports.*,
            row_number() over (
                partition by home_iso3, partner_iso3, frequency, period, view, basis
                order by case when value_usd is null then 1 else 0 end, precedence_rank, series_id
            ) as place
        from {{ ref('int_trade__reports') }} as reports
        where flow = 'total'
    ) as ranked
    where place = 1

),

cells as (

    select home_iso3, partner_iso3, frequency, period, view, basis from legs

    union

    select home_iso3, partner_iso3, frequency, period, view, basis from published_totals

)

select
    cells.home_iso3,
    cells.partner_iso3,
    coalesce(legs.dyad_role, published_totals.dyad_role) as dyad_role,
    cells.frequency,
    cells.period,
    coalesce(legs.period_start, published_totals.period_start) as period_start,
    cells.view,
    cells.basis,
    legs.exports_usd,
    legs.imports_usd,
    legs.publisher_exports,
    legs.publisher_imports,
    legs.dataset_exports,
    legs.dataset_imports,
    published_totals.value_usd as published_total_usd,
    published_totals.dataset as dataset_total,
    coalesce(legs.is_provisional, published_totals.is_provisional) as is_provisional,
    coalesce(legs.is_estimated, published_totals.is_estimated) as is_estimated,
    legs.balance_low_usd,
    legs.balance_high_usd
from cells
left join legs
    on cells.home_iso3 = legs.home_iso3
    and cells.partner_iso3 = legs.partner_iso3
    and cells.frequency = legs.frequency
    and cells.period = legs.period
    and cells.view = legs.view
    and cells.basis = legs.basis
left join published_totals
    on cells.home_iso3 = published_totals.home_iso3
    and cells.partner_iso3 = published_totals.partner_iso3
    and cells.frequency = published_totals.frequency
    and cells.period = published_totals.period
    and cells.view = published_totals.view
    and cells.basis = published_totals.basis
