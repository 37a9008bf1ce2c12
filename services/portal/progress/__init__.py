"""How far ministries and divisions are with their services, for everybody."""
