-- The same flow in both countries' books. Raw gap and adjusted gap stand side by side; the reconciled flow lies between
-- the two records, and those two are its bounds. With one record only there is nothing to reconcile.
with cells as (

    select * from {{ ref('int_trade__mirror_cells') }}

),

reliability as (

    select * from {{ ref('int_trade__reporter_reliability') }} where gap_log_variance is not null

),

breaks as (

    select * from {{ ref('int_trade__mirror_breaks') }}

),

re_exports as (

    select * from {{ ref('int_trade__re_exports') }}

),

compared as (

    select
        cells.*,
        re_exports.re_exports_usd,
        cells.importer_usd is not null and cells.exporter_usd is not null as has_both_records,
        {{ mirror_gap('cells.importer_usd', 'cells.exporter_usd') }} as gap_raw_usd,
        {{ mirror_gap('cells.importer_fob_usd', 'cells.exporter_usd') }} as gap_usd,
        {{ mirror_gap_symmetric('cells.importer_fob_usd', 'cells.exporter_usd') }} as gap_symmetric,
        -- Only a default factor is uncertain: what the importer publishes or values FOB leaves no freight to argue about.
        cells.cif_fob_basis = 'default' and {{ gap_changes_sign(
            'cells.importer_usd', 'cells.exporter_usd',
            parameter('cif_fob_factor_low'), parameter('cif_fob_factor_high')
        ) }} as is_within_freight,
        coalesce(breaks.is_structural_break, false) as is_structural_break,
        coalesce(
            {{ reliability_weight(
                'exporters.gap_log_variance', 'importers.gap_log_variance', parameter('mirror_weight_floor')
            ) }},
            {{ parameter('mirror_weight') }}
        ) as weight,
        case
            when exporters.gap_log_variance + importers.gap_log_variance > 0 then 'estimated'
            else 'default'
        end as weight_basis
    from cells
    left join reliability as exporters on cells.exporter_iso3 = exporters.reporter_iso3
    left join reliability as importers on cells.importer_iso3 = importers.reporter_iso3
    left join breaks
        on cells.home_iso3 = breaks.home_iso3
        and cells.partner_iso3 = breaks.partner_iso3
        and cells.frequency = breaks.frequency
        and cells.period = breaks.period
        and cells.flow = breaks.flow
    left join re_exports
        on cells.exporter_iso3 = re_exports.exporter_iso3
        and cells.importer_iso3 = re_exports.importer_iso3
        and cells.frequency = re_exports.frequency
        and cells.period = re_exports.period

)

select
    home_iso3,
    partner_iso3,
    dyad_role,
    frequency,
    period,
    period_start,
    flow,
    home_reported_usd,
    partner_reported_usd,
    home_dataset,
    partner_dataset,
    importer_valuation,
    cast(cif_fob_factor as double) as cif_fob_factor,
    cif_fob_basis,
    importer_fob_usd,
    gap_raw_usd,
    gap_usd,
    gap_symmetric,
    gap_log,
    {{ reconciled_flow('exporter_usd', 'importer_fob_usd', 'weight') }} as reconciled_usd,
    case when has_both_records then least(importer_fob_usd, exporter_usd) end as low_usd,
    case when has_both_records then greatest(importer_fob_usd, exporter_usd) end as high_usd,
    case when has_both_records then weight end as weight,
    case when has_both_records then weight_basis end as weight_basis,
    re_exports_usd,
    {{ entrepot_adjusted('exporter_usd', 're_exports_usd', parameter('entrepot_markup_high')) }}
        as exporter_via_entrepot_low_usd,
    {{ entrepot_adjusted('exporter_usd', 're_exports_usd', parameter('entrepot_markup_low')) }}
        as exporter_via_entrepot_high_usd,
    case
        when re_exports_usd is null then 'no re-exports by origin are known for this pair and period'
        when exporter_usd is null then 'the exporter has no customs record of this period'
    end as re_exports_null_reason,
    is_structural_break,
    coalesce(is_within_freight, false) as is_within_freight,
    is_provisional,
    case
        when not has_both_records then 'one_sided'
        when is_structural_break then 'structural_break'
        when is_within_freight then 'not_distinguishable_from_freight'
        when abs(gap_symmetric) > {{ parameter('mirror_alert') }} then 'alert'
        when abs(gap_symmetric) > {{ parameter('mirror_watch') }} then 'watch'
        else 'ok'
    end as flag
from compared
