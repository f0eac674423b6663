{{ stage_published_figures('pakistan_bureau_of_statistics', 'exports_by_commodity') }}
