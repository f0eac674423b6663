-- Telecommunications, computer and information services in the balance of payments: credit, debit, net.
{{ stage_imf(
    dataset='ict_services',
    product='cast(null as string)',
    flow="case entry when 'CD_T' then 'export' when 'DB_T' then 'import' end",
    definition="case when entry in ('CD_T', 'DB_T') then 'ict_services' else 'ict_services_net' end",
    basis="'payments'",
    valuation='cast(null as string)',
    unit='unit'
) }}
