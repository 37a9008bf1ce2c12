"""Log in with a code, log out, and answers that wait for a login."""

from libs.service import Capability
from services.portal.counter.calls import CounterCalls
from services.portal.sessions import routes


def capability(calls: CounterCalls) -> Capability:
    """Make the capability."""
    return Capability("sessions", routes=routes.routes, provides=[calls])
