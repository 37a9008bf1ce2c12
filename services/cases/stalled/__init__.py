"""Finds open cases that nothing moves on, and repairs them by command.

An open case has a task that an officer can do, or a clock that ends its wait. One with neither is
named to operators: nobody else would notice it. So is an appeal that nobody may hear, since all who
have the duty acted in the case before it, as soon as it is there. At which office and for which
duty such cases wait, the programme and the focal points of ministries read on a page.
"""
