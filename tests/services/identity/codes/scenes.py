"""The policies under which codes are sent and exchanged."""

from datetime import UTC, datetime, timedelta

from services.identity.citizens.rules import SilencePolicy
from services.identity.codes.rules import CodePolicy, Origin, RateLimit
from services.identity.sessions.rules import SessionPolicy

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)

POLICY = CodePolicy(
    hash_key=b"k" * 32,
    valid_s=300,
    attempts=5,
    phone_limits=(RateLimit(3, 600), RateLimit(10, 86_400)),
    phone_wrong=5,
    sent={"address": 5, "network": 50, "provider": 50, "device": 5, "platform": 1_000},
    wrong={"address": 2, "network": 50, "device": 2, "platform": 50},
)

ORIGIN = Origin("203.0.113.7")
SESSIONS = SessionPolicy(idle_s=3600, absolute_s=7200, grace_s=60)
SILENCE = SilencePolicy(b"k" * 32, silent_after=timedelta(days=300), wrong_proofs=3)
