-- ICT exports by definition, with their share of services exports and growth on the same months a year earlier.
with exports as (

    select * from {{ ref('int_ict__exports') }}

)

select
    exports.country_iso3,
    exports.frequency,
    exports.period,
    exports.period_start,
    exports.definition,
    exports.exports_usd,
    exports.services_exports_usd,
    {{ share('exports.exports_usd', 'exports.services_exports_usd') }} as share_of_services_exports,
    {{ growth_rate('exports.exports_usd', 'year_before.exports_usd') }} as growth_yoy,
    exports.is_derived,
    exports.is_provisional,
    exports.publisher,
    exports.dataset,
    exports.snapshot_id
from exports
-- The same publisher, definition and frequency, the same months, exactly one year earlier: a gap gives no growth.
left join exports as year_before
    on year_before.country_iso3 = exports.country_iso3
    and year_before.definition = exports.definition
    and year_before.frequency = exports.frequency
    and year_before.publisher = exports.publisher
    and {{ month_number('year_before.period_start') }} = {{ month_number('exports.period_start') }} - 12
    and {{ month_number('year_before.period_end') }} = {{ month_number('exports.period_end') }} - 12
