-- What the central bank and the commercial banks hold is the total that the State Bank prints; each of the three is
-- rounded to 0.1 million. A warning only: the State Bank revises them in different tables at different times.
{{ config(severity = 'warn') }}

with holders as (

    select
        country_iso3,
        frequency,
        period,
        max(case when definition = 'central_bank_held' then reserves_usd end) as central_bank_usd,
        max(case when definition = 'banks_held' then reserves_usd end) as banks_usd,
        max(case when definition = 'total_liquid' then reserves_usd end) as total_usd
    from {{ ref('reserve_adequacy') }}
    group by country_iso3, frequency, period

)

select * from holders
where abs(total_usd - central_bank_usd - banks_usd) > 150000
