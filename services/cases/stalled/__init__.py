"""Finds open cases that nothing moves on, and repairs them by command.

An open case has a task that an officer can do, or a clock that ends its wait. One with neither is
named to operators: nobody else would notice it.
"""
