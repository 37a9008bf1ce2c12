"""Idempotent requests: the first answer to an Idempotency-Key is stored and repeated.

Used inside the transaction of the write: `register` before the write and `store_answers` after it,
or `register_answers` before it if the answers are already known. Of two concurrent requests with
the same key, the later one waits for the commit of the earlier one, and then reads its answer.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from starlette.requests import Request

from libs.database.transaction import Transaction
from libs.errors import Refused

HEADER = "idempotency-key"
_KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


class IdempotencyKey(str):
    """The value of the Idempotency-Key header: the same for every repeat of one request."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request that may be repeated: its caller, its key, and a hash of its content."""

    caller: UUID
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class RequestState:
    """The stored state of a request.

    Args:
        kind: `new`: handle it, then call `store_answers`. `answered`: repeat `status` and `body`.
            `conflict`: the key belongs to another request. `duplicate`: the same request is
            earlier in the same list, at `duplicate_of`; use its answer.
        status: HTTP status of the first answer.
        body: bytes of the first answer.
        duplicate_of: index of the first such request in the list.
    """

    kind: Literal["new", "answered", "conflict", "duplicate"]
    status: int = 0
    body: bytes = b""
    duplicate_of: int = -1

    @property
    def is_new(self) -> bool:
        """Whether the request has to be handled."""
        return self.kind == "new"


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """The answer to a new request; without a status, its key is released."""

    request: IdempotentRequest
    status: int | None = None
    body: bytes = b""


def key_of(request: Request) -> IdempotencyKey:
    """The request's Idempotency-Key.

    Raises:
        Refused: it is missing, or not 1 to 200 visible ASCII characters.
    """
    key = request.headers.get(HEADER)
    if key is None:
        raise Refused("idempotency_key_missing")
    if not _KEY.fullmatch(key):
        raise Refused("idempotency_key_malformed")
    return IdempotencyKey(key)


async def read_request(request: Request, caller: UUID) -> IdempotentRequest:
    """Read the caller, the key and the content; reads the body.

    Raises:
        Refused: the header is missing or malformed.
    """
    key = key_of(request)
    fingerprint = fingerprint_of(request.method, request.scope["path"], await request.body())
    return IdempotentRequest(caller, key, fingerprint)


def fingerprint_of(method: str, path: str, body: bytes) -> bytes:
    """The hash that identifies the content of a request."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).digest()


async def register(
    tx: Transaction, requests: Sequence[IdempotentRequest]
) -> Sequence[RequestState]:
    """Return the state of each request, in order: new, or answered before."""
    return await register_answers(tx, [FirstAnswer(request) for request in requests])


async def register_answers(
    tx: Transaction, answers: Sequence[FirstAnswer]
) -> Sequence[RequestState]:
    """Return the state of requests whose answers are already known, and store answers to new ones.

    This saves a statement and a dead row. If an answer changes, `store_answers` corrects it before
    the transaction ends.
    """
    taken = await _insert_keys(tx, answers)
    if len(taken) == len(answers):
        return [RequestState("new")] * len(answers)
    requests = [answer.request for answer in answers]
    rows = await _read(tx, requests)
    rows |= {key: (rows[key][0], None, b"") for key in taken}  # new: there is no answer yet
    first_at: dict[tuple[UUID, str], int] = {}
    states = [
        _state_of(
            request,
            rows,
            requests,
            first_at.setdefault((request.caller, request.key), place),
            place,
        )
        for place, request in enumerate(requests)
    ]
    await store_answers(
        tx,
        [
            answer
            for answer, seen in zip(answers, states, strict=True)
            if seen.kind == "new" and answer.status is not None and _key(answer) not in taken
        ],
    )
    return states


async def store_answers(tx: Transaction, answers: Sequence[FirstAnswer]) -> None:
    """Store the answers to new requests, in the transaction of their effect."""
    if not answers:
        return
    await tx.execute(
        """
        UPDATE idempotency
           SET fingerprint = answer.fingerprint, status = answer.status, body = answer.body
          FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bigint[], $5::bytea[])
            AS answer (caller, key, fingerprint, status, body)
         WHERE idempotency.caller = answer.caller AND idempotency.key = answer.key
        """,
        [answer.request.caller for answer in answers],
        [answer.request.key for answer in answers],
        [answer.request.fingerprint for answer in answers],
        [answer.status for answer in answers],
        [_sealed(tx, answer) for answer in answers],
    )


async def delete_answers(tx: Transaction, before: datetime, limit: int = 10_000) -> None:
    """Delete up to `limit` of the oldest answers; rows that a repeat has locked are skipped."""
    await tx.execute(
        """
        DELETE FROM idempotency
         WHERE (caller, key) IN (
               SELECT caller, key FROM idempotency WHERE asked_at < $1 ORDER BY asked_at LIMIT $2
                  FOR UPDATE SKIP LOCKED)
        """,
        before,
        limit,
    )


async def delete_answers_to(tx: Transaction, caller: UUID) -> int:
    """Delete all answers to one caller, whose data are erased; return how many."""
    return await tx.execute("DELETE FROM idempotency WHERE caller = $1", caller)


async def _insert_keys(tx: Transaction, answers: Sequence[FirstAnswer]) -> set[tuple[UUID, str]]:
    """Insert new keys, and return them.

    Sorted, so that two groups do not deadlock.
    """
    ordered = sorted(answers, key=_key)
    rows = await tx.fetch(
        """
        INSERT INTO idempotency (caller, key, fingerprint, status, body)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bigint[], $5::bytea[])
            ON CONFLICT (caller, key) DO NOTHING
        RETURNING caller, key
        """,
        [answer.request.caller for answer in ordered],
        [answer.request.key for answer in ordered],
        [answer.request.fingerprint for answer in ordered],
        [answer.status for answer in ordered],
        [_sealed(tx, answer) for answer in ordered],
    )
    return {(row["caller"], row["key"]) for row in rows}


def _key(answer: FirstAnswer) -> tuple[UUID, str]:
    return answer.request.caller, answer.request.key


def _sealed(tx: Transaction, answer: FirstAnswer) -> bytes:
    """Encrypt an answer: it may contain a ministry's note to the citizen."""
    return tx.cipher.encrypt(answer.body, _place(*_key(answer)))


def _place(caller: UUID, key: str) -> bytes:
    return f"idempotency.body/{caller}/{key}".encode()


_Row = tuple[bytes, int | None, bytes]


async def _read(
    tx: Transaction, requests: Sequence[IdempotentRequest]
) -> dict[tuple[UUID, str], _Row]:
    rows = await tx.fetch(
        """
        SELECT caller, key, fingerprint, status, body
          FROM idempotency
          JOIN unnest($1::uuid[], $2::text[]) AS requests (caller, key) USING (caller, key)
         ORDER BY caller, key
           FOR UPDATE OF idempotency
        """,
        [request.caller for request in requests],
        [request.key for request in requests],
    )
    return {
        (row["caller"], row["key"]): (
            row["fingerprint"],
            row["status"],
            tx.cipher.decrypt(row["body"], _place(row["caller"], row["key"])),
        )
        for row in rows
    }


def _state_of(
    request: IdempotentRequest,
    rows: dict[tuple[UUID, str], _Row],
    requests: Sequence[IdempotentRequest],
    first: int,
    place: int,
) -> RequestState:
    fingerprint, status, body = rows[request.caller, request.key]
    if status is None:
        if first == place:
            return RequestState("new")
        same = request.fingerprint == requests[first].fingerprint
        return RequestState("duplicate", duplicate_of=first) if same else RequestState("conflict")
    if fingerprint != request.fingerprint:
        return RequestState("conflict")
    return RequestState("answered", status, body)
