"""Changes of the rules that say which office is responsible, by operators."""
