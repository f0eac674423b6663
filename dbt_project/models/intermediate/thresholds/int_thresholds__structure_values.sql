-- The structure of trade as numbers that rules can be set on: concentration at each level of products, the share of the
-- largest product, and the share of each of the essay's themes in all goods.
with concentration as (

    select * from {{ ref('trade_concentration') }}

),

named as (

    {% for metric, column in {'product_hhi': 'hhi', 'product_top_share': 'top_share'}.items() %}
    select
        home_iso3,
        partner_iso3,
        '{{ metric }}' as metric,
        concat(flow, '_', product_level) as definition,
        frequency,
        period,
        view,
        {{ column }} as value,
        null_reason,
        dataset
    from concentration

    union all
    {% endfor %}

    select
        home_iso3,
        partner_iso3,
        'theme_share' as metric,
        concat(flow, '_', group_code) as definition,
        frequency,
        period,
        view,
        share as value,
        null_reason,
        dataset
    from {{ ref('trade_structure') }}
    where grouping = 'article_theme' and share_of = 'all goods'

)

select
    named.*,
    case view when 'home_reported' then 1 when 'partner_reported' then 2 else 3 end as view_rank
from named
