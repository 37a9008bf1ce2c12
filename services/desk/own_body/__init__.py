"""Pages of a focal point: the own ministry or division in the programme.

The next step and its day, the services, the connection, what has happened; and a form to record the
own list, that the instructions were received, or the vendor.
"""
