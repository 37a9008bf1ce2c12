"""Keeps the audit log."""
