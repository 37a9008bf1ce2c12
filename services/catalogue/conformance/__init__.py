"""Reports of the conformance kit on ministries' own adapters: the gate for going live."""
