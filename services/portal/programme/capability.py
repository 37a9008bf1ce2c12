"""Pages for staff of the programme: centres, flags, pauses and suspensions."""

from libs.service import Capability
from services.portal.counter.calls import CounterCalls
from services.portal.programme import routes


def capability(calls: CounterCalls) -> Capability:
    """Make the capability."""
    return Capability("programme", routes=routes.routes, provides=[calls])
