{# The IMF's dataflows share one table; each staging model says what its indicators mean, in expressions over the
   columns of `placed` (those of the contract, reporter_iso3, partner_iso3 and the reporter's currency).
   Values are in full units whatever the publisher's SCALE says.
   Estimated is what the IMF calls so: observation status E, F or I (estimated, forecast, imputed); derivation SE and
   what begins with it (staff estimates), SP (staff projection), TPD (third-party data), and M (mixed: reported in part).
   O, OU and R are reported; SC and FA are the staff's arithmetic on what was reported. #}
{% macro stage_imf(dataset, product, flow, definition, basis, valuation, unit) %}
with published as (

    select * from {{ read_parsed('imf', dataset) }}

),

countries as (

    select iso3, imf_code, currency from {{ ref('countries') }}

),

placed as (

    select
        published.*,
        reporters.iso3 as reporter_iso3,
        reporters.currency,
        partners.iso3 as partner_iso3
    from published
    left join countries as reporters on published.country = reporters.imf_code
    left join countries as partners on published.counterpart = partners.imf_code

),

named as (

    select
        reporter_iso3,
        partner_iso3,
        {{ product }} as product,
        {{ flow }} as flow,
        {{ definition }} as definition,
        {{ basis }} as basis,
        {{ valuation }} as valuation,
        frequency,
        period,
        cast(null as string) as period_label,
        value,
        {{ unit }} as unit,
        coalesce(status = 'P', false) as is_provisional,
        coalesce(status in ('E', 'F', 'I'), false)
            or coalesce(derivation like 'SE%' or derivation in ('SP', 'TPD', 'M'), false) as is_estimated,
        cast(null as string) as citation,
        indicator as note,
        change,
        known_from,
        snapshot_id,
        release
    from placed

)

{{ observation_layout('named', 'imf', dataset) }}
{% endmacro %}
