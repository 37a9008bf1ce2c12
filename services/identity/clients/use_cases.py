"""Add, list and disable clients, replace their keys; authenticate a client."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from libs.audit.queries import record_action
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.identity.clients import queries, rules
from services.identity.clients.parameters import OAuthError, Parameters
from services.identity.clients.rules import CLOCK_SKEW_S, Client, WrongAssertion

_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ROWS_PER_CLEANUP: Final = 1_000  # so that no transaction is long


async def add_client(tx: Transaction, client: Client, *, by: str) -> Client:
    """Store a new client.

    Raises:
        Refused: there is one with this id.
    """
    if not await queries.insert_client(tx, client):
        raise Refused("client_exists")
    await record_action(tx, actor=by, action="create client", subject=client.client_id)
    return client


async def list_clients(tx: Transaction) -> list[Client]:
    """Return all clients, by id."""
    return await queries.read_clients(tx)


async def replace_keys(tx: Transaction, client_id: str, public_keys: str, *, by: str) -> None:
    """Replace the keys of a client.

    Raises:
        Refused: there is no such client, or the keys are not good.
    """
    if not await queries.update_keys(tx, client_id, rules.read_public_keys(public_keys)):
        raise Refused("client_unknown")
    await record_action(tx, actor=by, action="replace client keys", subject=client_id)


async def disable_client(tx: Transaction, client_id: str, at: datetime, *, by: str) -> None:
    """Close a client: logins there end, and its tokens are refused at once.

    Raises:
        Refused: there is no such client, or it is disabled.
    """
    if not await queries.disable_client(tx, client_id, at):
        raise Refused("client_unknown")
    await record_action(tx, actor=by, action="disable client", subject=client_id)


async def find_client(tx: Transaction, client_id: str) -> Client | None:
    """Return a client that is not disabled, or None."""
    client = await queries.read_client(tx, client_id)
    return client if client and client.disabled_at is None else None


async def authenticate(
    tx: Transaction, parameters: Parameters, audiences: Collection[str], at: datetime
) -> Client:
    """Return the client that sent a request, by its assertion (`private_key_jwt`).

    The assertion is used up when the transaction commits, also if the request is refused then.

    Raises:
        OAuthError: the client is not authenticated (`invalid_client`).
    """
    try:
        return await _authenticate(tx, parameters, audiences, at)
    except WrongAssertion as wrong:
        raise OAuthError("invalid_client", str(wrong)) from None


async def delete_expired_assertions(tx: Transaction, at: datetime) -> int:
    """Delete a batch of used assertions that have expired; return how many."""
    before = at - timedelta(seconds=CLOCK_SKEW_S)
    return await queries.delete_assertions(tx, before=before, limit=_ROWS_PER_CLEANUP)


async def _authenticate(
    tx: Transaction, parameters: Parameters, audiences: Collection[str], at: datetime
) -> Client:
    text = parameters.get("client_assertion")
    if text is None or parameters.get("client_assertion_type") != _ASSERTION_TYPE:
        raise WrongAssertion("authenticate with client_assertion and client_assertion_type")
    client_id = rules.read_client_id(text)
    if parameters.get("client_id", client_id) != client_id:
        raise WrongAssertion("client_id is another one than in the assertion")
    client = await find_client(tx, client_id)
    if client is None:
        raise WrongAssertion("there is no such client")
    assertion = rules.check_assertion(text, client, audiences, at)
    is_new = await queries.insert_assertion(
        tx,
        client_id,
        sha256(assertion.assertion_id.encode()).digest(),
        expires_at=datetime.fromtimestamp(assertion.expires_at_s, tz=UTC),
    )
    if not is_new:
        raise WrongAssertion("jti was used before")
    return client
