-- What every table says of every group that its lines can be put into: chapters and sections from chapters or lines;
-- SITC, BEC and technology classes from six-digit lines alone (a chapter holds several of each); the essay's themes
-- from whatever is fine enough for them.
with lines as (

    select * from {{ ref('int_structure__lines') }}

),

chapters as (

    select group_code as chapter, parent as section
    from {{ ref('product_groups') }}
    where grouping = 'hs_chapter'

),

classified as (

    select
        lines.table_id,
        lines.value_usd,
        coalesce(concordance.sitc_section, 'unmapped') as sitc,
        coalesce(concordance.sitc_group, 'unmapped') as sitc_group,
        coalesce(concordance.bec_use, 'unmapped') as bec,
        coalesce(concordance.lall, 'unmapped') as lall
    from lines
    left join {{ ref('hs_concordance') }} as concordance
        on lines.product = concordance.hs6
        and lines.edition is not null
        and concordance.editions like concat('%', substr(lines.edition, 2, 1), '%')
    where lines.product_level = 'hs6'

),

-- A line counts once in a theme, however many of its codes it begins with.
themed as (

    select distinct lines.table_id, lines.product, lines.value_usd, lines.printed_share, themes.theme
    from lines
    inner join {{ ref('article_themes') }} as themes
        on (
            themes.code_kind = 'hs'
            and lines.product_level in ('hs2', 'hs6', 'solar_lines')
            and substr(lines.product, 1, length(themes.code)) = themes.code
        )
        or (themes.code_kind = lines.product_level and lines.product = themes.code)

),

placed as (

    select table_id, 'hs_chapter' as grouping, substr(product, 1, 2) as group_code, value_usd, printed_share
    from lines
    where product_level in ('hs2', 'hs6')

    union all

    select lines.table_id, 'hs_section', coalesce(chapters.section, 'NS'), lines.value_usd, lines.printed_share
    from lines
    left join chapters on substr(lines.product, 1, 2) = chapters.chapter
    where lines.product_level in ('hs2', 'hs6')

    {% for grouping in ['sitc', 'sitc_group', 'bec', 'lall'] %}
    union all

    select table_id, '{{ grouping }}', {{ grouping }}, value_usd, cast(null as double)
    from classified
    {% endfor %}

    union all

    select table_id, product_level, product, value_usd, printed_share
    from lines
    where product_level in ('lall', 'wits_group', 'wits_stage', 'pbs_textile')

    union all

    select table_id, 'article_theme', theme, value_usd, printed_share
    from themed

)

select
    table_id,
    grouping,
    group_code,
    count(*) as n_lines,
    case when count(value_usd) = count(*) then {{ exact_sum('value_usd') }} end as value_usd,
    case when count(printed_share) = count(*) then {{ exact_sum('printed_share') }} end as printed_share
from placed
group by table_id, grouping, group_code
