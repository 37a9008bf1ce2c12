"""The token of a mandate: its claims, and how long it is valid."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from libs.contracts.language import Text
from libs.contracts.mandates import PRINTING_TYPE
from libs.web.callers.tokens import ISSUER, MANDATE_AUDIENCE, Staff
from services.identity.mandates import rules
from services.identity.mandates.rules import Mandate

TOKEN_S: Final = 900


def token_claims(  # noqa: PLR0913
    mandate: Mandate,
    *,
    session_id: UUID,
    thumbprint: str,
    token_id: UUID,
    authenticated_at_s: float,
    at: datetime,
    number_mark: str | None = None,
) -> dict[str, Any]:
    """Return the claims of the token with which one application can be sent.

    Its subject is the citizen, its actor the uddokta (RFC 8693), whose session it ends with; it is
    bound to the key of a device (RFC 9449), and to what the citizen agreed to (RFC 9396).

    Raises:
        Refused: the mandate is not active.
    """
    mandate = rules.as_of(mandate, at)
    rules.check_active(mandate)
    marked = {"number_mark": number_mark} if number_mark else {}
    issued_s = int(at.timestamp())
    return {
        **_claims(mandate, rules.details_of(mandate) | marked, issued_s),
        "act": {"sub": str(mandate.uddokta_id)},
        "sid": str(session_id),
        "cnf": {"jkt": thumbprint},
        "exp": min(issued_s + TOKEN_S, int(mandate.expires_at.timestamp())),
        "auth_time": int(authenticated_at_s),
        "jti": str(token_id),
    }


def printing_claims(
    mandate: Mandate,
    centre_name: Text,
    staff: Staff,
    *,
    thumbprint: str,
    token_id: UUID,
    at: datetime,
) -> dict[str, Any]:
    """Return the claims of the token with which papers about an application are printed.

    Its subject is the citizen, its actor the uddokta who prints, whose session it ends with. It
    sends nothing: what it allows has a type of its own.
    """
    allowed = {
        "type": PRINTING_TYPE,
        "tracking_number": mandate.tracking_number,
        "service_centre_name": centre_name.model_dump(),
    }
    issued_s = int(at.timestamp())
    return {
        **_claims(mandate, rules.details_of(mandate) | allowed, issued_s),
        "act": {"sub": str(staff.staff_id)},
        "sid": str(staff.session_id),
        "cnf": {"jkt": thumbprint},
        "exp": issued_s + TOKEN_S,
        "auth_time": int(staff.authenticated_at_s),
        "jti": str(token_id),
    }


def _claims(mandate: Mandate, allowed: dict[str, Any], issued_s: int) -> dict[str, Any]:
    return {
        "iss": ISSUER,
        "aud": MANDATE_AUDIENCE,
        "sub": str(mandate.citizen_id),
        "authorization_details": [allowed],
        "iat": issued_s,
    }
