"""What citizens wrote after decisions, on a page of the programme's staff."""
