{{ stage_published_figures('state_bank_pakistan', 'services_ebops') }}
