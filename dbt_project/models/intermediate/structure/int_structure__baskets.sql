-- One basket of goods for each cell and level of products: the best table of it. Baskets of SITC Rev.3 groups are made
-- from six-digit lines, so they can be compared across editions of the HS; lines without one group are left out, and
-- count as not covered.
with cells as (

    select * from {{ ref('int_structure__cells') }}
    where product_level in ('hs2', 'hs6', 'wits_group', 'lall')

),

ranked as (

    select
        cells.*,
        row_number() over (
            partition by cell_id, product_level order by case when is_complete then 0 else 1 end, rank, table_id
        ) as place
    from cells

),

by_group as (

    select table_id, {{ exact_sum('value_usd') }} as classified_usd
    from {{ ref('int_structure__values') }}
    where grouping = 'sitc_group' and group_code not in ('ambiguous', 'unmapped')
    group by table_id

),

baskets as (

    select
        ranked.*,
        ranked.product_level as basket_level,
        ranked.edition as basket_edition,
        ranked.lines_usd as basket_usd,
        ranked.coverage_share as basket_coverage,
        ranked.is_complete as is_whole
    from ranked
    where place = 1

    union all

    select
        ranked.*,
        'sitc_group' as basket_level,
        cast(null as string) as basket_edition,
        by_group.classified_usd as basket_usd,
        {{ share('by_group.classified_usd', 'ranked.total_usd') }} as basket_coverage,
        ranked.is_complete and coalesce(
            {{ share('by_group.classified_usd', 'ranked.total_usd') }} >= {{ parameter('structure_coverage_min') }}, false
        ) as is_whole
    from ranked
    inner join by_group on ranked.table_id = by_group.table_id
    where ranked.place = 1

)

select
    concat_ws('|', cell_id, basket_level) as basket_id,
    home_iso3,
    partner_iso3,
    level,
    reporter_iso3,
    flow,
    view,
    frequency,
    period,
    period_start,
    basket_level as product_level,
    basket_edition as edition,
    table_id,
    dataset,
    publisher,
    basket_usd,
    basket_coverage as coverage_share,
    is_whole,
    is_provisional,
    is_estimated,
    case
        when is_whole then null
        else coalesce(null_reason, 'too many lines have no single group of SITC Rev.3')
    end as null_reason
from baskets
