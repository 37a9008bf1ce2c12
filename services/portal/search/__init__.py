"""Pages to find a public service: home, search, life events, categories, its start page."""
