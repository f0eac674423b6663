{{ stage_published_figures('china_customs', 'trade_by_country') }}
