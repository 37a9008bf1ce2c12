"""The audit log of a service: what operators and staff did, written with the act itself."""
