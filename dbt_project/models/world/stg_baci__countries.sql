{{ config(schema="staging") }}
-- BACI's numeric codes as ISO codes: those that UN Comtrade has now by the seed (490, "Other Asia", is Taiwan), former
-- countries and groups by the code that BACI's own list gives them (R20, ZA1, SCG).
with listed as (

    select country_code, country_iso3, country_name
    from read_csv('country_codes_V*.csv', header = true, all_varchar = true)

)

select
    cast(listed.country_code as smallint) as country_code,
    coalesce(countries.iso3, listed.country_iso3) as iso3,
    listed.country_name
from listed
left join {{ ref('countries') }} as countries on listed.country_code = cast(countries.comtrade_code as string)
