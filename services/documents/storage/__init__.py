"""Encrypts content, and stores it in a folder or in S3 (by obstore)."""
