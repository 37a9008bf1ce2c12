"""Proofs of possession that were shown: each is accepted once (RFC 9449, section 11.1)."""

from datetime import datetime, timedelta
from hashlib import sha256

from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.dpop import PROOF_LIFE_S, Proof


async def use_proof(tx: Transaction, proof: Proof, at: datetime) -> None:
    """Record that a proof was shown.

    Raises:
        Refused: it was shown before (`proof_invalid`).
    """
    inserted = await tx.execute(
        """
        INSERT INTO used_proofs (thumbprint, proof_hash, expires_at) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING
        """,
        proof.thumbprint,
        sha256(proof.proof_id.encode()).digest(),
        at + timedelta(seconds=2 * PROOF_LIFE_S),
    )
    if inserted != 1:
        raise Refused("proof_invalid")


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
