"""Hands over applications that waited until their ministry was connected."""
