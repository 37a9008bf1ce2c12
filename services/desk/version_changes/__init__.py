"""Pages on which two people move open cases to a later version of their workflow.

One person lets them be counted, step by step, and nothing moves. Another one types that number, and
the change begins; its page says how far it has come.
"""
