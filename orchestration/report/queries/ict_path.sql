-- title: The path from the newest year of ICT services exports to their published target
-- needs: balancing_paths
with base as (
    select *
    from marts.balancing_paths
    where home_iso3 = $home and metric = 'ict_exports_usd' and definition = 'ict_services' and is_latest_base
        and required_export_growth is not null
    order by years_to_target
    limit 1
),
steps as (
    select b.*, least(cast(s.step as double), b.years_to_target) as years_on
    from base as b
    inner join range(0, 100) as s(step) on s.step < b.years_to_target + 1
)
select
    target_id, target_period, target_exports_usd, target_source, target_source_url, base_period,
    required_export_growth,
    case when years_on = years_to_target then target_period when years_on = 0 then base_period end as period,
    cast(case when target_period like 'FY%' then make_date(target_year - 1, 7, 1) else make_date(target_year, 1, 1) end
        - to_months(cast(round(12 * (years_to_target - years_on)) as int)) as date) as period_start,
    base_exports_usd * power(1 + required_export_growth, years_on) as exports_usd
from steps
order by period_start
