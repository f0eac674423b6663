{{ config(materialized='ephemeral') }}
-- The groups of every product that was traded: one row for each product and grouping, several for themes. Its chapter
-- is in the product's code.
with traded as (

    select distinct product_code from {{ ref('stg_baci__lines') }}

),

products as (

    select product_code, lpad(cast(product_code as string), 6, '0') as product from traded

),

classified as (

    select
        products.product_code,
        coalesce(chapters.parent, 'NS') as hs_section,
        coalesce(concordance.sitc_section, 'unmapped') as sitc,
        coalesce(concordance.bec_use, 'unmapped') as bec,
        coalesce(concordance.lall, 'unmapped') as lall
    from products
    left join {{ ref('product_groups') }} as chapters
        on substr(products.product, 1, 2) = chapters.group_code and chapters.grouping = 'hs_chapter'
    left join {{ ref('hs_concordance') }} as concordance
        on products.product = concordance.hs6
        and concordance.editions like '%{{ var("baci_edition")[1:] }}%'

),

placed as (

    {% for grouping in ['hs_section', 'sitc', 'bec', 'lall'] %}
    select product_code, '{{ grouping }}' as grouping, {{ grouping }} as group_code from classified
    union all
    {% endfor %}
    select distinct products.product_code, 'article_theme', themes.theme
    from products
    inner join {{ ref('article_themes') }} as themes
        on themes.code_kind = 'hs' and substr(products.product, 1, length(themes.code)) = themes.code

)

select placed.product_code, known.grouping, known.group_id, known.is_unclassified
from placed
inner join {{ ref('int_world__groups') }} as known
    on placed.grouping = known.grouping and placed.group_code = known.group_code
