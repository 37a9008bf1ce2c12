"""The life of a mandate in any order of events: at identity and at applications together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from typing_extensions import override

from libs.contracts.applications import MandateUsed
from libs.contracts.mandates import MandateState
from libs.errors import Refused
from libs.ids import new_id
from services.identity.mandates import rules
from services.identity.mandates.rules import ACTIVE, ATTEMPTS, SENDS, Mandate
from services.identity.mandates.tokens import TOKEN_S, token_claims

KEY = b"k" * 32
RIGHT, WRONG = "482913", "111111"
NOW = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)


def requested() -> Mandate:
    """A mandate that waits for its consent; no code was sent yet."""
    return Mandate(
        mandate_id=new_id(),
        public_service_id="S001",
        service_centre_id="gulshan",
        uddokta_id=new_id(),
        device_id=new_id(),
        citizen_id=new_id(),
        consent="own_phone",
        phone="+8801712345678",
        language="bn",
        fee_bdt=50,
        charge_bdt=30,
        cap_bdt=50,
        requested_at=NOW,
        expires_at=NOW + rules.REQUEST_VALID,
    )


class MandateLife(RuleBasedStateMachine):
    """Identity's mandate, the row of applications, and events that are still on their way.

    Applications has one row for a mandate: whoever comes first, the use or the end, has it.
    """

    @initialize()
    def begin(self) -> None:
        self.at = NOW
        self.mandate = rules.send_code(requested(), KEY, b"salt", RIGHT, NOW)
        self.sent = 1
        self.wrong = 0
        self.tokens: list[datetime] = []
        self.row: str | None = None
        self.ends_on_the_way = 0
        self.uses: list[MandateUsed] = []
        self.uses_on_the_way: list[MandateUsed] = []
        self.history: list[MandateState] = ["requested"]

    def _store(self, mandate: Mandate) -> None:
        if mandate.state != self.mandate.state:
            self.history.append(mandate.state)
        self.mandate = mandate

    @rule(seconds=st.integers(min_value=1, max_value=4000))
    def time_passes(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)

    @rule()
    def the_code_is_sent_again(self) -> None:
        try:
            self._store(rules.send_code(self.mandate, KEY, b"salt", RIGHT, self.at))
        except Refused:
            return
        self.sent += 1

    @rule(code=st.sampled_from([RIGHT, WRONG]))
    def a_code_is_entered(self, code: str) -> None:
        expired = self.mandate.code_expires_at is not None and (
            self.at >= self.mandate.code_expires_at
        )
        try:
            checked, refusal = rules.check_code(self.mandate, KEY, code, self.at)
        except Refused:
            return
        if refusal is None:
            assert code == RIGHT
            assert not expired
            assert self.wrong < ATTEMPTS
            checked = rules.activate(checked, checked.citizen_id, self.at)
        elif not expired:
            self.wrong += 1
        self._store(checked)

    @rule()
    def a_token_is_asked_for(self) -> None:
        try:
            claims = token_claims(
                self.mandate,
                session_id=new_id(),
                thumbprint="device",
                token_id=new_id(),
                authenticated_at_s=0,
                at=self.at,
            )
        except Refused:
            return
        assert claims["exp"] <= self.mandate.expires_at.timestamp()
        assert claims["exp"] - claims["iat"] <= TOKEN_S
        self.tokens.append(datetime.fromtimestamp(claims["exp"], UTC))

    @rule()
    def the_citizen_stops_it(self) -> None:
        self._store(rules.end(self.mandate, self.at))
        self.ends_on_the_way += 1

    @rule()
    def identity_looks_for_expired_ones(self) -> None:
        after = rules.as_of(self.mandate, self.at)
        if after.state == "expired" and self.mandate.state != "expired":
            self.ends_on_the_way += 1
        self._store(after)

    @precondition(lambda self: self.ends_on_the_way > 0)
    @rule()
    def applications_hears_of_the_end(self) -> None:
        self.ends_on_the_way -= 1
        self.row = self.row or "ended"

    @precondition(lambda self: any(self.at < until for until in self.tokens))
    @rule()
    def an_application_is_sent(self) -> None:
        if self.row is not None:
            return  # refused: it was used, or has ended
        self.row = "used"
        used = MandateUsed(
            mandate_id=self.mandate.mandate_id,
            application_id=new_id(),
            tracking_number="NS-7K4M9-PXRT3-HC2D3",
            occurred_at=self.at,
        )
        self.uses.append(used)
        self.uses_on_the_way.append(used)

    @precondition(lambda self: self.uses_on_the_way)
    @rule(again=st.booleans())
    def identity_hears_of_the_use(self, *, again: bool) -> None:
        used = self.uses_on_the_way[0] if again else self.uses_on_the_way.pop(0)
        self._store(rules.use(self.mandate, used))

    @invariant()
    def it_has_one_use(self) -> None:
        assert len(self.uses) <= 1

    @invariant()
    def nothing_happens_without_a_consent(self) -> None:
        if self.uses or self.tokens or self.mandate.state in {"active", "used"}:
            assert self.mandate.consented_at is not None

    @invariant()
    def a_use_is_final(self) -> None:
        """What was sent is a fact; nothing else follows an end."""
        for before, after in zip(self.history, self.history[1:], strict=False):
            assert before != "used"
            if before in {"revoked", "expired"}:
                assert after == "used"

    @invariant()
    def tries_and_sends_are_limited(self) -> None:
        assert self.sent <= SENDS
        assert self.wrong <= ATTEMPTS
        if self.wrong == ATTEMPTS:
            assert self.mandate.state not in {"requested", "active"}

    @invariant()
    def it_is_active_for_two_hours_at_most(self) -> None:
        if self.mandate.consented_at is not None:
            assert self.mandate.expires_at <= self.mandate.consented_at + ACTIVE
        for until in self.tokens:
            assert self.mandate.consented_at is not None
            assert until <= self.mandate.consented_at + ACTIVE

    @invariant()
    def its_price_never_changes(self) -> None:
        assert (self.mandate.fee_bdt, self.mandate.charge_bdt, self.mandate.cap_bdt) == (50, 30, 50)

    @override
    def teardown(self) -> None:
        """When everything has arrived, both sides say the same."""
        for used in self.uses_on_the_way:
            self._store(rules.use(self.mandate, used))
        if self.row == "used":
            assert self.mandate.state == "used"
            assert self.mandate.application_id == self.uses[0].application_id
        else:
            assert self.mandate.state != "used"


TestMandateLife = MandateLife.TestCase
TestMandateLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


def test_a_use_without_a_consent_is_a_defect() -> None:
    """It becomes a dead letter, for a person to look at."""
    mandate = requested()
    used = MandateUsed(
        mandate_id=mandate.mandate_id,
        application_id=new_id(),
        tracking_number="NS-7K4M9-PXRT3-HC2D3",
    )
    with pytest.raises(Refused, match="mandate_not_active"):
        rules.use(mandate, used)
    other = replace(mandate, state="used", consented_at=NOW, application_id=new_id())
    with pytest.raises(Refused, match="mandate_used"):
        rules.use(other, used)
