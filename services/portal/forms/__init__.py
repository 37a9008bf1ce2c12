"""The form of any public service, made from its JSON Schema.

Its pages: the sections of the form, the list of tasks, check answers, send.
"""
