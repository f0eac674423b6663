{{ stage_published_figures('state_bank_pakistan', 'exchange_rates') }}
