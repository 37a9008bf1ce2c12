"""Pages of traces: by application, as a waterfall, with links to other traces."""
