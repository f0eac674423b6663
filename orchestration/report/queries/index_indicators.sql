-- title: What the cooperation index of the newest year is made of
-- needs: cooperation_indicators
select
    period, pillar, indicator, label, value, unit, normalised, weight, source_period, data_age_years, is_observed,
    null_reason
from marts.cooperation_indicators
where home_iso3 = $home and partner_iso3 = $partner
    and period = (
        select max(period) from marts.cooperation_indicators where home_iso3 = $home and partner_iso3 = $partner
    )
order by pillar desc, weight desc, indicator
