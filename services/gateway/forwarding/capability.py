"""Forwards requests to the services that own the operations."""

from collections.abc import Sequence

from libs.service import Capability
from libs.web.handling.openapi import Operation
from services.gateway.forwarding.routes import Forwarding, forwarding_routes


def capability(operations: Sequence[Operation], forwarding: Forwarding) -> Capability:
    """Make the capability."""
    return Capability("forwarding", routes=forwarding_routes(operations, forwarding))
