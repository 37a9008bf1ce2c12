"""Pages of a citizen's profile: numbers, language, sessions."""
