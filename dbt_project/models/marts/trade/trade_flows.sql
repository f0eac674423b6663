-- One publisher for each cell. Of the candidates comes first one whose dollar value is known and was collected, not
-- estimated; then one whose dataset knows both legs of the period, because a balance of two publishers is a mixed one;
-- then the lowest rank of seeds/publisher_precedence.csv; then a published year before a sum of months.
with candidates as (

    select * from {{ ref('int_trade__reports') }} where flow in ('export', 'import')

),

with_both_legs as (

    select
        candidates.*,
        max(case when flow = 'export' and value_usd is not null then 1 else 0 end) over same_source
        * max(case when flow = 'import' and value_usd is not null then 1 else 0 end) over same_source as has_both_legs
    from candidates
    window same_source as (
        partition by home_iso3, partner_iso3, frequency, period, view, basis, dataset, is_aggregated
    )

),

placed as (

    select
        with_both_legs.*,
        row_number() over (
            partition by home_iso3, partner_iso3, frequency, period, flow, view, basis
            order by
                case when value_usd is null then 1 else 0 end,
                case when is_estimated then 1 else 0 end,
                has_both_legs desc,
                precedence_rank,
                case when is_aggregated then 1 else 0 end,
                series_id
        ) as place,
        count(*) over (
            partition by home_iso3, partner_iso3, frequency, period, flow, view, basis
        ) as n_candidates
    from with_both_legs

)

select
    home_iso3,
    partner_iso3,
    dyad_role,
    frequency,
    period,
    period_start,
    flow,
    view,
    basis,
    valuation,
    value_usd,
    publisher,
    dataset,
    precedence_rank,
    cast(n_candidates as int) as n_candidates,
    is_provisional,
    is_estimated,
    is_converted,
    is_aggregated,
    fx_rate,
    fx_source,
    series_id,
    known_from,
    snapshot_id
from placed
where place = 1
