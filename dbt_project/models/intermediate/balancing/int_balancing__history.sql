-- How fast exports and imports have grown up to each base: compound growth over the longest span that is known, within
-- the bounds in seeds/parameters.csv. Both over the same span, of the same view and basis.
with bases as (

    select * from {{ ref('int_balancing__bases') }}

),

spans as (

    select
        bases.home_iso3,
        bases.partner_iso3,
        bases.metric,
        bases.definition,
        bases.view,
        bases.basis,
        bases.frequency,
        bases.period,
        {{ years_between('earlier.period_end', 'bases.period_end') }} as years,
        {{ compound_growth(
            'earlier.exports_usd', 'bases.exports_usd', years_between('earlier.period_end', 'bases.period_end')
        ) }} as export_growth,
        {{ compound_growth(
            'earlier.imports_usd', 'bases.imports_usd', years_between('earlier.period_end', 'bases.period_end')
        ) }} as import_growth
    from bases
    inner join bases as earlier
        on earlier.home_iso3 = bases.home_iso3
        and earlier.partner_iso3 = bases.partner_iso3
        and earlier.metric = bases.metric
        and coalesce(earlier.definition, '') = coalesce(bases.definition, '')
        and earlier.view = bases.view
        and earlier.basis = bases.basis
        and earlier.frequency = bases.frequency
        and {{ years_between('earlier.period_end', 'bases.period_end') }}
            between {{ parameter('balance_history_min_years') }} and {{ parameter('balance_history_years') }}

),

ranked as (

    select
        spans.*,
        row_number() over (
            partition by home_iso3, partner_iso3, metric, definition, view, basis, frequency, period
            order by years desc
        ) as place
    from spans
    where export_growth is not null

)

select
    home_iso3,
    partner_iso3,
    metric,
    definition,
    view,
    basis,
    frequency,
    period,
    years,
    export_growth,
    import_growth
from ranked
where place = 1
