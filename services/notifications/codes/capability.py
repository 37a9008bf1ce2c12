"""Messages with one-time codes."""

from functools import partial

from libs.service import Capability, Resources
from services.notifications.codes import consumers, use_cases

_MEASURE_EVERY_S = 5.0


def capability(resources: Resources, *, tidy_every_s: float) -> Capability:
    """Make the capability."""
    closer = resources.periodic(
        "close expired codes",
        partial(use_cases.close_expired_codes, metrics=resources.metrics),
        every_s=tidy_every_s,
    )
    measure = partial(use_cases.measure_waiting, metrics=resources.metrics)
    watch = resources.periodic("measure waiting codes", measure, every_s=_MEASURE_EVERY_S)
    return Capability("codes", consumers=consumers.router, components=[closer, watch])
