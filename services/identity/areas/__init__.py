"""Which areas are open, as the programme announced them: centres run in open ones only."""
