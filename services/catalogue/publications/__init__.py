"""Publishes workflows, tariffs, years of the calendar, connections and rules of offices.

A draft is checked and tried; one person proposes it, and another one publishes it from a day on.
"""
