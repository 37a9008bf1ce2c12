"""Shows how ministries' systems do, and how much was decided within the charter's days; public."""
