"""Makes the OpenAPI document of the public API, and the pages that show it."""
