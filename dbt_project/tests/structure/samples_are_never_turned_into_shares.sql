-- The lines of the Pakistan Bureau of Statistics with China were sampled: they must not reach any table of structure.
select dataset from {{ ref('trade_structure') }} where dataset = 'pakistan_bureau_of_statistics.exports_by_commodity'

union all

select dataset from {{ ref('trade_concentration') }} where dataset = 'pakistan_bureau_of_statistics.exports_by_commodity'

union all

select dataset from {{ ref('trade_indices') }} where dataset = 'pakistan_bureau_of_statistics.exports_by_commodity'
