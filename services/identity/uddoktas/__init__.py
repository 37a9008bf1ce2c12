"""Manages the licences of uddoktas, and sanctions by two people."""
