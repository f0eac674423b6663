{{ stage_published_figures('federal_reserve', 'exchange_rates') }}
