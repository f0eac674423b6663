-- title: The cooperation index
-- needs: cooperation_index
select *
from marts.cooperation_index
where home_iso3 = $home and partner_iso3 = $partner
order by period
