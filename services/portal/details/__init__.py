"""Details that a citizen saves for forms to offer."""
