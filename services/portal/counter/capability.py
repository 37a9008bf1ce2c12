"""The counter of a service centre: logins, devices, consents, forms, papers, account."""

from libs.service import Capability
from libs.web.handling.routes import Routes
from services.portal.counter import form_routes, paper_routes, passkey_routes, routes
from services.portal.counter.calls import CounterCalls


def capability(calls: CounterCalls) -> Capability:
    """Make the capability."""
    together = Routes.joined(
        routes.routes, form_routes.routes, paper_routes.routes, passkey_routes.routes
    )
    return Capability("counter", routes=together, provides=[calls])
