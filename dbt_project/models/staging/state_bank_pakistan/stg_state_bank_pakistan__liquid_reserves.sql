{{ stage_published_figures('state_bank_pakistan', 'liquid_reserves') }}
