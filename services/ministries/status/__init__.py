"""Measures every 15 s how each ministry's system does (`use_cases.py measure`).

Changes are announced. When a system is back, its waiting deliveries are tried in order.
"""
