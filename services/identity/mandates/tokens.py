"""The token of a mandate: its claims, and how long it is valid."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from libs.web.callers.tokens import ISSUER, MANDATE_AUDIENCE
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
        "iss": ISSUER,
        "aud": MANDATE_AUDIENCE,
        "sub": str(mandate.citizen_id),
        "act": {"sub": str(mandate.uddokta_id)},
        "sid": str(session_id),
        "cnf": {"jkt": thumbprint},
        "authorization_details": [rules.details_of(mandate) | marked],
        "iat": issued_s,
        "exp": min(issued_s + TOKEN_S, int(mandate.expires_at.timestamp())),
        "auth_time": int(authenticated_at_s),
        "jti": str(token_id),
    }
