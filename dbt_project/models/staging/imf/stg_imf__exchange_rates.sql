-- Domestic currency per US dollar; period averages and end-of-period rates are different definitions.
{{ stage_imf(
    dataset='exchange_rates',
    product='cast(null as string)',
    flow='cast(null as string)',
    definition="concat(lower(currency), '_per_usd', case transformation
            when 'PA_RT' then ''
            when 'EOP_RT' then '_end_of_period'
            else concat('_', lower(transformation))
        end)",
    basis='cast(null as string)',
    valuation='cast(null as string)',
    unit="concat(currency, ' per USD')"
) }}
