-- What is compared among peers: one row for each peer, partner, period, metric and view (who reported). Metrics that have
-- no partner, as exports of services, have the world for it.
with trade as (

    select * from {{ ref('trade_balance') }} where frequency = 'A' and basis = 'customs'

),

measures as (

    {% set measures = ['normalised_balance', 'coverage_ratio', 'balance_to_gdp', 'export_share', 'import_share'] -%}
    {% for measure in measures -%}
    select
        home_iso3 as peer_iso3, partner_iso3, frequency, period, period_start, '{{ measure }}' as metric, view,
        {{ measure }} as value,
        case view when 'home_reported' then home_iso3 when 'partner_reported' then partner_iso3 end as reporter_iso3,
        coalesce(publisher_exports, publisher_imports) as publisher
    from trade
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

students as (

    select * from {{ ref('student_mobility') }} where definition = 'students_all'

),

-- Of the newest release, as all observations are.
population as (

    select reporter_iso3, period, value as persons
    from {{ ref('observations') }}
    where dataset = 'world_bank.wdi' and definition = 'SP.POP.TOTL'

),

mobility as (

    select
        origin_iso3 as peer_iso3, host_iso3 as partner_iso3, frequency, period, period_start,
        'students_in_partner' as metric, 'partner_reported' as view, students as value, host_iso3 as reporter_iso3,
        publisher
    from students

    union all

    select
        students.origin_iso3, students.host_iso3, students.frequency, students.period, students.period_start,
        'students_in_partner_per_100000' as metric, 'partner_reported' as view,
        100000.0 * {{ share('students.students', 'population.persons') }} as value, students.host_iso3,
        students.publisher
    from students
    left join population
        on population.reporter_iso3 = students.origin_iso3
        and population.period = students.period

),

ict as (

    select
        country_iso3 as peer_iso3, 'WLD' as partner_iso3, frequency, period, period_start,
        'ict_services_exports_usd' as metric, 'home_reported' as view, exports_usd as value,
        country_iso3 as reporter_iso3, publisher
    from {{ ref('ict_exports') }}
    where definition = 'ict_services' and frequency = 'A'

    union all

    select
        country_iso3, 'WLD', frequency, period, period_start, 'ict_services_share' as metric, 'home_reported' as view,
        share_of_services_exports as value, country_iso3, publisher
    from {{ ref('ict_exports') }}
    where definition = 'ict_services' and frequency = 'A'

),

high_technology as (

    select
        reporter_iso3 as peer_iso3, 'WLD' as partner_iso3, frequency, period, period_start,
        'high_technology_exports_usd' as metric, 'home_reported' as view, value, reporter_iso3, publisher
    from {{ ref('observations') }}
    where dataset = 'world_bank.wdi' and definition = 'TX.VAL.TECH.CD'

    union all

    select
        reporter_iso3, 'WLD', frequency, period, period_start,
        'high_technology_share' as metric, 'home_reported' as view, value / 100 as value, reporter_iso3, publisher
    from {{ ref('observations') }}
    where dataset = 'world_bank.wdi' and definition = 'TX.VAL.TECH.MF.ZS'

),

flows as (

    select * from {{ ref('technology_flows') }} where product = 'all'

),

solar as (

    select
        home_iso3 as peer_iso3, partner_iso3, frequency, period, period_start,
        case metric when 'solar_imports_usd' then 'solar_imports_12m_usd' else 'solar_imports_12m_mw' end as metric,
        'partner_reported' as view, value_12m as value, partner_iso3 as reporter_iso3, publisher
    from flows
    where metric in ('solar_imports_usd', 'solar_imports_mw')

),

-- The inventory lists what was committed: a year without a row adds nothing, and the sum goes on.
finance_years as (

    select distinct partner_iso3, frequency, period, period_start from flows where metric = 'finance_commitments'

),

finance as (

    select
        flows.home_iso3 as peer_iso3, flows.partner_iso3, years.frequency, years.period, years.period_start,
        'finance_commitments_to_date_2021usd' as metric, 'third_party' as view,
        cast(sum(cast(flows.value as decimal(38, 9))) as double) as value,
        cast(null as string) as reporter_iso3, max(flows.publisher) as publisher
    from finance_years as years
    inner join flows
        on flows.partner_iso3 = years.partner_iso3
        and flows.period <= years.period
        and flows.metric = 'finance_commitments'
    group by flows.home_iso3, flows.partner_iso3, years.frequency, years.period, years.period_start

)

select * from measures where value is not null
union all
select * from mobility where value is not null
union all
select * from ict where value is not null
union all
select * from high_technology where value is not null
union all
select * from solar where value is not null
union all
select * from finance where value is not null
