"""The floor: what the records, rows and calls of the contract cost with the bare libraries.

`make bench` takes applications through the same processes, topics, records, rows and calls as the
platform does, with the same outside systems. Nothing else is in it: no login, no limits, no
validation, no rule, no dead letter, no retry, no span and no metric. What is left is a bare ASGI
callable behind uvicorn, whole batches of aiokafka, one asyncpg statement for a batch, and prepared
bytes over kept-alive connections.

In this language the contract cannot be kept much faster. The platform's distance from the floor is
the price of everything else it does.
"""
