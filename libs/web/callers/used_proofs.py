"""Proofs of possession that were shown: each is accepted once (RFC 9449, section 11.1)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from libs.database.group import GroupCommit
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.dpop import PROOF_LIFE_S, Proof


class ProofGroup(GroupCommit[Proof, bool]):
    """Proofs that are recorded in a shared transaction."""


async def use_proofs(
    tx: Transaction, proofs: Sequence[Proof], at: datetime
) -> list[bool | Exception]:
    """Record that proofs were shown.

    Returns one result per proof, in order: true, or Refused if it was shown before
    (`proof_invalid`).
    """
    keys = [(proof.thumbprint, sha256(proof.proof_id.encode()).digest()) for proof in proofs]
    rows = await tx.fetch(
        """
        INSERT INTO used_proofs (thumbprint, proof_hash, expires_at)
        SELECT thumbprint, proof_hash, $3
          FROM unnest($1::text[], $2::bytea[]) AS shown (thumbprint, proof_hash)
         ORDER BY thumbprint, proof_hash
            ON CONFLICT DO NOTHING
        RETURNING thumbprint, proof_hash
        """,
        [thumbprint for thumbprint, _ in keys],
        [proof_hash for _, proof_hash in keys],
        at + timedelta(seconds=2 * PROOF_LIFE_S),
    )
    new = {(row["thumbprint"], row["proof_hash"]) for row in rows}
    results: list[bool | Exception] = []
    for key in keys:
        results.append(True if key in new else Refused("proof_invalid"))
        new.discard(key)
    return results


async def use_proof(tx: Transaction, proof: Proof, at: datetime) -> None:
    """Record that a proof was shown.

    Raises:
        Refused: it was shown before (`proof_invalid`).
    """
    (result,) = await use_proofs(tx, [proof], at)
    if isinstance(result, Refused):
        raise result


async def delete_expired_proofs(tx: Transaction, at: datetime, *, limit: int = 1_000) -> int:
    """Delete at most `limit` proofs that expired before `at`; return how many."""
    return await tx.execute(
        """
        DELETE FROM used_proofs WHERE (thumbprint, proof_hash) IN (
            SELECT thumbprint, proof_hash FROM used_proofs WHERE expires_at < $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        """,
        at,
        limit,
    )
