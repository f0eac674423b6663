-- Every change of every point of every dataset, in one layout.
{% set staging = [
    'stg_world_bank__wdi',
    'stg_un_comtrade__goods_annual',
    'stg_un_comtrade__two_way_totals',
    'stg_imf__imts',
    'stg_imf__reserves',
    'stg_imf__ict_services',
    'stg_imf__exchange_rates',
    'stg_unesco_uis__education',
    'stg_state_bank_pakistan__easydata',
    'stg_state_bank_pakistan__trade_by_country',
    'stg_state_bank_pakistan__liquid_reserves',
    'stg_state_bank_pakistan__balance_of_payments',
    'stg_state_bank_pakistan__services_ebops',
    'stg_state_bank_pakistan__exchange_rates',
    'stg_state_bank_pakistan__foreign_investment',
    'stg_china_customs__trade_by_country',
    'stg_federal_reserve__exchange_rates',
    'stg_china_moe__students',
    'stg_world_bank_wits__trade_summary',
    'stg_oec__reconciled_imports',
    'stg_ember__solar_exports',
    'stg_aiddata__commitments',
    'stg_wri_cofi__power_plants',
    'stg_cepii_baci__world_exports',
    'stg_pakistan_bureau_of_statistics__exports_by_commodity',
    'stg_pakistan_bureau_of_statistics__textile_exports',
] %}

{% for model in staging %}
select * from {{ ref(model) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
