"""Workflows as data: the way of an application, step by step."""
