"""The counter of a service centre: an uddokta helps citizens on an enrolled device.

Its pages: enrol the device, ask for consent, fill in, give papers, check together, send, payment
receipt; papers about decisions, corrections, objections, the day's account, and a measure of the
line.
"""
