-- Each index within the bounds that its definition gives it; the parts of growth add up; margins multiply to a share.
select home_iso3, partner_iso3, period, index_name, product_level, value
from {{ ref('trade_indices') }}
where
    (value is null) <> (null_reason is not null)
    or (index_name = 'rca' and value < 0)
    or (index_name = 'rsca' and (value < -1 or value > 1))
    or (index_name in (
        'structure_difference', 'grubel_lloyd', 'grubel_lloyd_adjusted', 'extensive_margin', 'primary_resource_share',
        'medium_high_technology_share', 'value_added_share', 'unclassified_share'
    ) and (value < -0.000000001 or value > 1.000000001))
    or (index_name = 'trade_complementarity' and (value < -0.000001 or value > 100.000001))
