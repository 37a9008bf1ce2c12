"""Consents of citizens, and the codes, tokens and claims that clients get by them."""

import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from libs.contracts.openid import ClientTokens, ConsentView, UserClaims
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.identity.citizens import use_cases as citizens
from services.identity.clients import use_cases as clients
from services.identity.clients.parameters import OAuthError, Parameters
from services.identity.clients.rules import Client
from services.identity.grants import queries, rules
from services.identity.grants.rules import CodeExchange, CodeRequest, Grant
from services.identity.grants.tokens import ClientTokenKeys
from services.identity.sessions import use_cases as sessions
from services.identity.sessions.rules import (
    SECRET_BYTES,
    RefreshToken,
    Session,
    SessionPolicy,
    is_open,
    refresh_session,
)
from services.identity.signing_keys import use_cases as signing_keys

_CODE_BYTES: Final = 32
_ROWS_PER_CLEANUP: Final = 1_000  # so that no transaction is long

log = structlog.get_logger()


async def has_consent(
    tx: Transaction, citizen_id: UUID, client_id: str, scopes: Collection[str]
) -> bool:
    """Return whether a citizen consented to all these scopes before."""
    return set(scopes) <= await queries.read_consent(tx, citizen_id, client_id)


async def give_consent(
    tx: Transaction, citizen_id: UUID, client_id: str, scopes: Collection[str], at: datetime
) -> None:
    """Remember a consent, with the scopes of earlier ones."""
    before = await queries.read_consent(tx, citizen_id, client_id)
    await queries.save_consent(tx, citizen_id, client_id, {*before, *scopes}, at)


async def list_consents(tx: Transaction, citizen_id: UUID) -> list[ConsentView]:
    """Return a citizen's consents, by client."""
    names = {client.client_id: client.name for client in await clients.list_clients(tx)}
    return [
        ConsentView(
            client_id=client_id, client_name=names[client_id], scopes=scopes, given_at=given_at
        )
        for client_id, scopes, given_at in await queries.read_consents(tx, citizen_id)
    ]


async def withdraw_consent(tx: Transaction, citizen_id: UUID, client_id: str, at: datetime) -> None:
    """Forget a consent and end all grants that came of it; a repeat changes nothing."""
    await queries.delete_consent(tx, citizen_id, client_id)
    await queries.end_grants(tx, citizen_id, client_id, at)


async def is_subject(tx: Transaction, citizen_id: UUID, client: Client, subject: UUID) -> bool:
    """Return whether a client knows a citizen by this id."""
    return await queries.read_subject(tx, citizen_id, client.sector) == subject


async def issue_code(
    tx: Transaction, login: Session, request: CodeRequest, *, token_life_s: int, at: datetime
) -> str:
    """Return a new code, which the client can exchange once within 60 seconds."""
    code = secrets.token_urlsafe(_CODE_BYTES)
    placeholder = sessions.new_refresh_token()
    grant = rules.open_grant(
        new_id(), login, request, code, placeholder, token_life_s=token_life_s, at=at
    )
    await queries.insert_grant(tx, grant)
    return code


async def exchange_code(
    tx: Transaction,
    exchange: CodeExchange,
    client: Client,
    tokens: ClientTokenKeys,
    policy: SessionPolicy,
    at: datetime,
) -> ClientTokens:
    """Exchange a code for tokens. Commit also when it is refused: the code is used up.

    Raises:
        OAuthError: the code is not accepted (`invalid_grant`).
    """
    grant = await queries.lock_grant_of_code(tx, rules.hash_code(exchange.code))
    if grant is None:
        raise OAuthError("invalid_grant", "there is no such code")
    token = sessions.new_refresh_token()
    changed, refusal = rules.exchange_code(grant, exchange, token, policy, at)
    await queries.update_grant(tx, changed)
    if refusal is not None:
        if changed.ended_at is not None:
            log.warning("grant ended: misused code", grant_id=str(grant.session_id))
        raise OAuthError("invalid_grant", refusal)
    await _check_open(tx, changed, at)
    subject = await queries.save_subject(tx, grant.subject_id, client.sector, new_id())
    return tokens.make(changed, subject, changed.scopes, token, at)


async def renew_tokens(
    tx: Transaction,
    parameters: Parameters,
    client: Client,
    tokens: ClientTokenKeys,
    policy: SessionPolicy,
    at: datetime,
) -> ClientTokens:
    """Exchange a refresh token for new tokens. Commit also when it is refused.

    Raises:
        OAuthError: the token is not accepted (`invalid_grant`), or more scopes are asked for than
            were granted (`invalid_scope`).
    """
    token = _refresh_token(parameters.required("refresh_token"))
    grant = await queries.lock_grant_of_token(tx, token.family_hash) if token else None
    if token is None or grant is None or grant.client_id != client.client_id:
        raise OAuthError("invalid_grant", "there is no such refresh token")
    scopes = parameters.get("scope", "").split() or list(grant.scopes)
    if not set(scopes) <= set(grant.scopes):
        raise OAuthError("invalid_scope", "more than was granted")
    last_revocation = await signing_keys.last_revocation(tx)
    salt = secrets.token_bytes(SECRET_BYTES)
    try:
        renewed, successor = refresh_session(grant, token, salt, policy, at, last_revocation)
    except Refused:
        raise OAuthError("invalid_grant", "the grant has ended") from None
    await queries.update_grant(tx, renewed)
    if successor is None:
        log.warning("grant ended: refresh token reused", grant_id=str(grant.session_id))
        raise OAuthError("invalid_grant", "the refresh token was used before")
    subject = await queries.save_subject(tx, grant.subject_id, client.sector, new_id())
    return tokens.make(renewed, subject, scopes, successor, at)


async def revoke_token(
    tx: Transaction, text: str, client: Client, tokens: ClientTokenKeys, at: datetime
) -> None:
    """End the grant of a token (RFC 7009); an unknown token changes nothing.

    Raises:
        OAuthError: the token is another client's (`invalid_grant`).
    """
    grant: Grant | None = None
    if token := _refresh_token(text):
        grant = await queries.lock_grant_of_token(tx, token.family_hash)
    else:
        with suppress(Refused):
            grant_id = UUID(tokens.read_access_token(text, at)["sid"])
            grant = await queries.lock_grant(tx, grant_id)
    if grant is None:
        return
    if grant.client_id != client.client_id:
        raise OAuthError("invalid_grant", "the token is another client's")
    await queries.update_grant(tx, replace(grant, ended_at=grant.ended_at or at))


async def read_user(
    tx: Transaction, access_token: str, tokens: ClientTokenKeys, at: datetime
) -> UserClaims:
    """Return the claims about the citizen that the access token of a client allows.

    Raises:
        Refused: the token is not one of ours for clients, or its grant, login or client has ended
            (`token_invalid`).
    """
    claims = tokens.read_access_token(access_token, at)
    grant = await queries.read_grant(tx, UUID(claims["sid"]))
    if grant is None or await clients.find_client(tx, grant.client_id) is None:
        raise Refused("token_invalid")
    try:
        await _check_open(tx, grant, at)
        citizen = await citizens.read_citizen(tx, grant.subject_id)
    except (OAuthError, Refused):
        raise Refused("token_invalid") from None
    scopes = claims["scope"].split()
    return UserClaims(**rules.user_claims(UUID(claims["sub"]), citizen, scopes))


async def delete_expired_grants(tx: Transaction, at: datetime) -> int:
    """Delete a batch of expired grants; return how many."""
    return await queries.delete_grants(tx, before=at, limit=_ROWS_PER_CLEANUP)


async def _check_open(tx: Transaction, grant: Grant, at: datetime) -> None:
    """Check that a grant goes on, and its login if it does not outlive it.

    Raises:
        OAuthError: one of them has ended (`invalid_grant`).
    """
    open_still = is_open(grant, at, await signing_keys.last_revocation(tx))
    if open_still and not grant.outlives_login:
        try:
            await sessions.read_open_session(tx, grant.login_id, at)
        except Refused:
            open_still = False
    if not open_still:
        raise OAuthError("invalid_grant", "the login has ended")


def _refresh_token(text: str) -> RefreshToken | None:
    try:
        return RefreshToken.parse(text)
    except Refused:
        return None
