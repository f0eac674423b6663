{{ stage_published_figures('world_bank_wits', 'trade_summary') }}
