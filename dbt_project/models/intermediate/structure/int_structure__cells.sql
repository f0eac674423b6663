-- The tables as home sees them. A country's own trade with the world (level world), and the trade of a watched pair
-- (level bilateral) in home's or in the partner's books: there home's export is the partner's import.
with tables as (

    select * from {{ ref('int_structure__tables') }}

),

dyads as (

    select * from {{ ref('int_dyads__watched') }}

),

seen as (

    select
        table_id,
        reporter_iso3 as home_iso3,
        'WLD' as partner_iso3,
        'world' as level,
        flow,
        case recorder when 'own' then 'home_reported' else 'third_party' end as view
    from tables
    where partner_iso3 = 'WLD'

    union all

    select
        tables.table_id,
        dyads.home_iso3,
        dyads.partner_iso3,
        'bilateral' as level,
        tables.flow,
        case tables.recorder when 'own' then 'home_reported' else 'third_party' end as view
    from tables
    inner join dyads on tables.reporter_iso3 = dyads.home_iso3 and tables.partner_iso3 = dyads.partner_iso3

    union all

    select
        tables.table_id,
        dyads.home_iso3,
        dyads.partner_iso3,
        'bilateral' as level,
        case tables.flow when 'export' then 'import' else 'export' end as flow,
        'partner_reported' as view
    from tables
    inner join dyads on tables.reporter_iso3 = dyads.partner_iso3 and tables.partner_iso3 = dyads.home_iso3
    where tables.recorder = 'own'

)

select
    concat_ws('|', seen.home_iso3, seen.partner_iso3, seen.view, seen.flow, tables.frequency, tables.period) as cell_id,
    seen.home_iso3,
    seen.partner_iso3,
    seen.level,
    seen.flow,
    seen.view,
    tables.frequency,
    tables.period,
    tables.period_start,
    tables.table_id,
    tables.dataset,
    tables.publisher,
    tables.product_level,
    tables.reporter_iso3,
    tables.share_of,
    tables.rank,
    tables.valuation,
    tables.edition,
    tables.n_lines,
    tables.lines_usd,
    tables.total_usd,
    tables.has_printed_shares,
    tables.coverage_share,
    tables.is_complete,
    tables.is_provisional,
    tables.is_estimated,
    tables.null_reason
from seen
inner join tables on seen.table_id = tables.table_id
