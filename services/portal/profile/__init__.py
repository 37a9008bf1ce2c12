"""My profile: numbers, language, and where I am logged in."""
