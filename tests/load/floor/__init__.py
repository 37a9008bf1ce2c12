"""The floor: the least that the contract's records, rows and calls cost, by the bare libraries.

`python -m tests.load.floor [--seconds S]` takes applications through the same processes, topics,
records, rows and calls as the platform does, and prints one JSON object: applications a second, and
CPU seconds for 10,000 by part. Nothing else is in it: no login, no limits, no check of a form, no
rule, no dead letter, no second try, no span and no metric. What is left is a bare ASGI callable
behind uvicorn, whole batches of aiokafka, one statement of asyncpg for each batch, and ready bytes
over kept-alive connections.

What keeps this contract in this language cannot be much quicker; how far the platform is above it
is the price of its care.
"""
