"""The counter of a service centre: devices, consents, forms, papers, account."""

from libs.service import Capability
from libs.web.handling.routes import Routes
from services.desk.counter import (
    appeal_routes,
    form_routes,
    line_routes,
    news_routes,
    paper_routes,
    print_routes,
    routes,
)
from services.desk.counter.assisted_forms import Counter
from services.desk.staff.sessions import StaffSessions


def capability(counter: Counter, sessions: StaffSessions) -> Capability:
    """Make the capability."""
    together = Routes.joined(
        routes.routes,
        appeal_routes.routes,
        form_routes.routes,
        line_routes.routes,
        news_routes.routes,
        paper_routes.routes,
        print_routes.routes,
    )
    return Capability("counter", routes=together, provides=[counter, sessions])
