"""The audit log of a service: acts of operators and staff, written in the act's transaction."""
