{{ stage_published_figures('state_bank_pakistan', 'trade_by_country') }}
