"""Vendors: who connects which body's system, their people, and the wish to go live.

A vendor hands in the report of `adapters check` on a system that it connects. A passed one asks for
going live: an operator connects the system, where the platform's signature is checked, or says why
not. A vendor sees its own systems only.
"""
