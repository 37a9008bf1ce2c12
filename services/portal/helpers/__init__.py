"""Pages of a citizen's helpers at service centres, with the public service and the price.

The citizen can stop a helper, and complain about one.
"""
