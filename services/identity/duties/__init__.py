"""Gives officers their duties, by two people, and announces officers without their names.

A duty (দায়িত্ব) is what an officer may do at the own office, such as that of a secretary; the
workflows of public services name them as roles. It ends when the officer moves to another office,
or is no officer any more.
"""
