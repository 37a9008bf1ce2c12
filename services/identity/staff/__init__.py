"""Accounts of officers, operators and viewers: created by command, with a password login."""

from libs.service import Capability
from services.identity.sessions.rules import SessionPolicy
from services.identity.staff import routes
from services.identity.staff.passwords import PasswordChecker


def capability(policy: SessionPolicy) -> Capability:
    """Return the capability."""
    return Capability("staff", routes=routes.routes, provides=[PasswordChecker(), policy])
