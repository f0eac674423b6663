-- One row for each table of trade by product: what its lines add up to, and how much of the total of the same dataset,
-- reporter, partner, flow and period that is. Shares exist only where the lines are (nearly) the whole.
with lines as (

    select * from {{ ref('int_structure__lines') }}

),

totals as (

    select dataset, definition, product, reporter_iso3, partner_iso3, flow, frequency, period, value_usd
    from {{ ref('observations') }}
    where basis = 'customs' and flow in ('export', 'import') and product is not null

),

summed as (

    select
        table_id,
        dataset,
        publisher,
        product_level,
        reporter_iso3,
        partner_iso3,
        flow,
        frequency,
        period,
        period_start,
        share_of,
        recorder,
        rank,
        share_definition,
        total_product,
        max(valuation) as valuation,
        min(edition) as edition,
        count(distinct edition) as n_editions,
        count(*) as n_lines,
        case when count(value_usd) = count(*) then {{ exact_sum('value_usd') }} end as lines_usd,
        case when count(printed_share) = count(*) then {{ exact_sum('printed_share') }} end as printed_share,
        max(case when is_provisional then 1 else 0 end) = 1 as is_provisional,
        max(case when is_estimated then 1 else 0 end) = 1 as is_estimated
    from lines
    group by
        table_id, dataset, publisher, product_level, reporter_iso3, partner_iso3, flow, frequency, period, period_start,
        share_of, recorder, rank, share_definition, total_product

),

compared as (

    select
        summed.*,
        totals.value_usd as total_usd,
        case
            when summed.share_definition is not null then summed.printed_share
            else {{ share('summed.lines_usd', 'totals.value_usd') }}
        end as coverage_share
    from summed
    left join totals
        on summed.dataset = totals.dataset
        and totals.definition = 'goods_trade'
        and totals.product = case
            when summed.total_product = 'TOTAL' then 'TOTAL' else concat('PBS:', summed.total_product)
        end
        and summed.reporter_iso3 = totals.reporter_iso3
        and summed.partner_iso3 = totals.partner_iso3
        and summed.flow = totals.flow
        and summed.frequency = totals.frequency
        and summed.period = totals.period

)

select
    table_id,
    dataset,
    publisher,
    product_level,
    reporter_iso3,
    partner_iso3,
    flow,
    frequency,
    period,
    period_start,
    share_of,
    recorder,
    rank,
    valuation,
    case when n_editions = 1 then edition end as edition,
    n_lines,
    lines_usd,
    total_usd,
    share_definition is not null as has_printed_shares,
    coverage_share,
    coalesce(
        coverage_share >= {{ parameter('structure_coverage_min') }}
        and coverage_share <= 2 - {{ parameter('structure_coverage_min') }},
        false
    ) as is_complete,
    is_provisional,
    is_estimated,
    case
        when product_level = 'solar_lines' then 'the publisher counts no other goods, so there is no total to share'
        when lines_usd is null then 'a line has no value in US dollars'
        when share_definition is null and total_usd is null
            then 'the total of the same dataset, reporter and period is not known'
        when coverage_share is null then 'the total is zero, or a line has no printed share'
        when coverage_share < {{ parameter('structure_coverage_min') }} then 'the known lines cover too little of the total'
        when coverage_share > 2 - {{ parameter('structure_coverage_min') }}
            then 'the lines add up to more than the total'
    end as null_reason
from compared
