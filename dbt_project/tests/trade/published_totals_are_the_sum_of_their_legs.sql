-- Of one publisher, the total is the exports and the imports, but for rounding: 23.06 beside 2.38 and 20.23 would mean
-- that the three come from two reporters.
with legs as (

    select
        dataset,
        reporter_iso3,
        partner_iso3,
        product,
        definition,
        basis,
        frequency,
        period,
        max(case when flow = 'total' then value end) as total,
        max(case when flow = 'export' then value end) as exports,
        max(case when flow = 'import' then value end) as imports
    from {{ ref('observations') }}
    where definition = 'goods_trade'
    group by dataset, reporter_iso3, partner_iso3, product, definition, basis, frequency, period

)

select *, {{ identity_residual('total', 'exports', 'imports') }} as residual
from legs
where abs({{ identity_residual('total', 'exports', 'imports') }}) > 1e-6 * total
