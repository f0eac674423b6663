-- What reaches the importer by way of entrepots: their re-exports of the exporter's goods, added up over the entrepots.
-- A figure that was published after the day for which this is built is not known yet.
select
    re_exports.origin_iso3 as exporter_iso3,
    re_exports.destination_iso3 as importer_iso3,
    'A' as frequency,
    re_exports.period,
    {{ exact_sum('re_exports.value_usd') }} as re_exports_usd
from {{ ref('entrepot_re_exports') }} as re_exports
cross join {{ ref('stg_store__reference') }} as reference
where re_exports.published_on <= reference.reference_date
group by re_exports.origin_iso3, re_exports.destination_iso3, re_exports.period
