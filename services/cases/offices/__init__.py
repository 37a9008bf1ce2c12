"""Copies the rules that say at which office a role works on an application."""
