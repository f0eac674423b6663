select * from {{ ref('trade_flows') }} where value_usd < 0
