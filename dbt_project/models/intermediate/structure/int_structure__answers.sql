-- Every group that a cell is asked for, with the answer of each table that holds the cell, and the place of that table
-- among them. A group that no line fell into is zero where the table is complete; what a table is too coarse for is
-- unknown, and says so.
with cells as (

    select * from {{ ref('int_structure__cells') }}

),

groupings as (

    select * from {{ ref('product_level_groupings') }}

),

product_groups as (

    select * from {{ ref('product_groups') }}

),

known as (

    select * from {{ ref('int_structure__values') }}

),

themes_of_wits as (

    select distinct theme from {{ ref('article_themes') }} where code_kind = 'wits_group'

),

asked as (

    select
        cells.*,
        groupings.grouping,
        groupings.preference,
        product_groups.group_code,
        product_groups.group_label,
        product_groups.parent,
        groupings.can_answer and (
            groupings.grouping <> 'article_theme'
            or cells.product_level in ('hs6', 'solar_lines')
            or (cells.product_level = 'hs2' and product_groups.finest_level = 'hs2')
            or (cells.product_level = 'wits_group' and themes_of_wits.theme is not null)
        ) as is_fine_enough,
        coalesce(
            case when not groupings.can_answer then groupings.reason end,
            case cells.product_level
                when 'hs2' then 'six-digit lines are needed and only HS chapters are known'
                else 'six-digit lines are needed and only groups of chapters are known'
            end
        ) as too_coarse,
        known.table_id is not null as has_lines,
        known.n_lines as n_group_lines,
        known.value_usd as known_usd,
        known.printed_share
    from cells
    inner join groupings on cells.product_level = groupings.product_level
    inner join product_groups on groupings.grouping = product_groups.grouping
    left join known
        on cells.table_id = known.table_id
        and groupings.grouping = known.grouping
        and product_groups.group_code = known.group_code
    left join themes_of_wits on product_groups.group_code = themes_of_wits.theme
    -- What is left over after classifying is no group to ask for.
    where known.table_id is not null
        or (groupings.lists_all and product_groups.group_code not in ('ambiguous', 'unmapped'))

),

answered as (

    select
        asked.*,
        case
            when is_fine_enough and has_lines then known_usd
            when is_fine_enough and is_complete then 0.0
        end as value_usd,
        case
            when not (is_fine_enough and is_complete) then null
            when not has_lines then 0.0
            when has_printed_shares then printed_share
            else {{ share('known_usd', 'total_usd') }}
        end as share
    from asked

)

select
    answered.*,
    case
        when grouping in ('sitc', 'bec', 'lall') and is_fine_enough and is_complete then {{ share(
            "sum(case when group_code in ('ambiguous', 'unmapped') or parent = 'unclassified' then value_usd else 0.0 end)
            over (partition by cell_id, table_id, grouping)",
            'total_usd'
        ) }}
    end as unclassified_share,
    case
        when not is_fine_enough then too_coarse
        when share is null then coalesce(null_reason, 'a line has no value in US dollars')
    end as why_null,
    -- One table answers a grouping as a whole; each theme is a question of its own.
    rank() over (
        partition by cell_id, grouping, case when grouping = 'article_theme' then group_code else '' end
        order by
            case when is_fine_enough then 0 else 1 end,
            case when is_complete then 0 else 1 end,
            preference,
            rank,
            table_id
    ) as place
from answered
