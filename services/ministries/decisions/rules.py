"""Callbacks of ministries' systems: how they are signed, and how a repeat is recognised."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from libs.contracts.documents import OwnPaperReceipt
from libs.contracts.ministries import MinistryDecision
from libs.errors import Refused
from libs.trace_context import TraceContext

_WEBHOOK_ID = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Callback:
    """One signed call of a ministry's system, with the PDF that it brings as a paper."""

    ministry: str
    webhook_id: str
    decision: MinistryDecision
    trace: TraceContext | None
    own_paper: OwnPaperReceipt | None = None

    @property
    def application_id(self) -> UUID:
        """The application that was decided on."""
        return self.decision.application_id

    @property
    def key(self) -> tuple[str, str]:
        """Ministry and webhook-id; the same for a repeat."""
        return self.ministry, self.webhook_id

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the decision; a repeat may say when it was made.

        One without a paper, or about no objection, has that of releases that knew of none.
        """
        left_out = {"decided_at"}
        if self.decision.paper is None:
            left_out.add("paper")
        if self.decision.stage == "first":
            left_out.add("stage")
        return sha256(self.decision.model_dump_json(exclude=left_out).encode()).digest()


def check_webhook_id(webhook_id: str) -> None:
    """Check that a webhook-id can be stored.

    Raises:
        Refused: the id is empty, longer than 200 characters or not printable ASCII.
    """
    if not _WEBHOOK_ID.fullmatch(webhook_id):
        raise Refused("webhook_id_malformed")


def is_repeat(callback: Callback, fingerprints: Mapping[tuple[str, str], bytes]) -> bool:
    """Return whether a callback came before.

    Args:
        callback: the callback that comes now.
        fingerprints: fingerprints of earlier callbacks, by key.

    Raises:
        Refused: the webhook-id was used for other content, which would be lost otherwise.
    """
    fingerprint = fingerprints.get(callback.key)
    if fingerprint is not None and fingerprint != callback.fingerprint:
        raise Refused("webhook_id_reused", "one webhook-id with two contents")
    return fingerprint is not None
