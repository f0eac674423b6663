-- What a theme promises is there for the pair. A warning: a publisher that has never answered must not stop the rest.
{{ config(severity = 'warn') }}

select home_iso3, partner_iso3, theme_id, answered_by, item
from {{ ref('theme_coverage') }}
where state = 'no_rows'
