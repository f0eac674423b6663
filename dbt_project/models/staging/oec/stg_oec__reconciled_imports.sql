{{ stage_published_figures('oec', 'reconciled_imports') }}
