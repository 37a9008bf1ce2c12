"""Lets ministries fetch the papers of their submissions, and counts how often they do."""
