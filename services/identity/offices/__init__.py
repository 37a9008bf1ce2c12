"""Manages the offices of ministries, and the officers who work there."""
