{{ stage_published_figures('state_bank_pakistan', 'balance_of_payments') }}
