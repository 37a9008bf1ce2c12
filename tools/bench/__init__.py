"""The bench: how many applications one machine carries from click to SMS, and at what cost."""
