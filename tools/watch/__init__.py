"""What a running platform says of itself, without a Prometheus: dashboards, runbooks, a page."""
