"""Manages mandates: consent, token, use, end, receipt."""
