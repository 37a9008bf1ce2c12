"""How far ministries and divisions are with their services, and open data, for everybody."""
