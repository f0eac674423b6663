-- Nothing is carried further than the seed allows, nothing is carried backwards, and only a figure of the very year is
-- called observed.
select indicators.home_iso3, indicators.partner_iso3, indicators.period, indicators.indicator, indicators.source_period
from {{ ref('cooperation_indicators') }} as indicators
inner join {{ ref('cooperation_indicator_definitions') }} as definitions
    on indicators.indicator = definitions.indicator
where
    indicators.data_age_years > definitions.max_age_years
    or indicators.source_period > indicators.period
    or indicators.is_observed <> coalesce(indicators.source_period = indicators.period, false)
    or (indicators.value is null) <> (indicators.null_reason is not null)
    or (indicators.value is null) <> (indicators.normalised is null)
