-- Goods trade by month as each reporter declares it: exports FOB, imports CIF, imports FOB where given.
{{ stage_imf(
    dataset='imts',
    product="'TOTAL'",
    flow="case when indicator like 'XG%' then 'export' when indicator like 'MG%' then 'import' end",
    definition="case
            when indicator in ('XG_FOB_USD', 'MG_CIF_USD') then 'goods_trade'
            when indicator = 'MG_FOB_USD' then 'goods_trade_fob'
            when indicator = 'TBG_USD' then 'goods_trade_balance'
            else lower(indicator)
        end",
    basis="'customs'",
    valuation="case when indicator like '%FOB%' then 'FOB' when indicator like '%CIF%' then 'CIF' end",
    unit="'USD'"
) }}
