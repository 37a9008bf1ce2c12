"""Receives files in parts over lines that break, by the tus protocol 1.0."""
