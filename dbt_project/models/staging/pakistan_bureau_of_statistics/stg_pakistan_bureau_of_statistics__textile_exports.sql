{{ stage_published_figures('pakistan_bureau_of_statistics', 'textile_exports') }}
