{{ stage_published_figures('state_bank_pakistan', 'foreign_investment') }}
