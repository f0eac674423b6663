-- Official reserve assets at the end of each month, by what they include.
{{ stage_imf(
    dataset='reserves',
    product='cast(null as string)',
    flow='cast(null as string)',
    definition="case indicator
            when 'RXF11_REVS' then 'reserves_ex_gold'
            when 'TRGNV_REVS' then 'reserves_incl_gold_national'
            when 'TRGMV_REVS' then 'reserves_incl_gold_market'
            else lower(indicator)
        end",
    basis='cast(null as string)',
    valuation='cast(null as string)',
    unit='unit'
) }}
