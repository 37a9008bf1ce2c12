"""Checks the answers of a form: by its schema, addresses, the receipts of papers, and its rules.

Field errors are in Bangla and English.
"""
