"""The tokens of a session: a new refresh token, and the answer that carries both tokens."""

import secrets
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from libs.contracts.identity import Tokens
from libs.web.responses import json_response
from services.identity.sessions.rules import FAMILY_BYTES, SECRET_BYTES, RefreshToken, Session
from services.identity.signing_keys.key_ring import KeyRing

NOT_STORED: Final[Mapping[str, str]] = {"cache-control": "no-store"}
"""No cache may store tokens (RFC 6749, section 5.1)."""


def new_refresh_token() -> RefreshToken:
    """Return the first refresh token of a session, at random."""
    return RefreshToken(secrets.token_bytes(FAMILY_BYTES), secrets.token_bytes(SECRET_BYTES))


def tokens_response(keys: KeyRing, session: Session, token: RefreshToken) -> Response:
    """Return the answer with a new access token and the refresh token of a session.

    Raises:
        Unavailable: there is no signing key yet.
    """
    tokens = Tokens(
        access_token=keys.sign(session.subject_id, session.session_id, session.roles),
        refresh_token=token.text(),
        expires_in_s=keys.token_life_s,
    )
    return json_response(tokens, headers=NOT_STORED)
