"""Pages of a citizen's profile: numbers, language, sessions; the account's number and erasure."""
