-- Every code of every publisher leads to a country of the seed; one that does not is missing there, or is new.
with countries as (

    select iso3 from {{ ref('countries') }}

    union all

    select iso3 from {{ ref('former_countries') }}

)

select changes.dataset, changes.definition, changes.reporter_iso3, changes.partner_iso3, count(*) as n_rows
from {{ ref('int_observations__changes') }} as changes
left join countries as reporters on changes.reporter_iso3 = reporters.iso3
left join countries as partners on changes.partner_iso3 = partners.iso3
where reporters.iso3 is null
    or (changes.partner_iso3 is not null and partners.iso3 is null)
    -- Trade between two countries without the second one is a code that no country has.
    or (changes.partner_iso3 is null and changes.dataset in ('un_comtrade.goods_annual', 'imf.imts'))
group by changes.dataset, changes.definition, changes.reporter_iso3, changes.partner_iso3
