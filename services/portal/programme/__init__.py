"""The programme's staff: centres on the map, flags, uddoktas."""
