"""Pages of vendors: their register, their own systems, and the wish to go live.

A vendor or a focal point hands in the report of a check. An operator sees it, connects the system,
where the platform's signature is checked, and answers; or says why not.
"""
