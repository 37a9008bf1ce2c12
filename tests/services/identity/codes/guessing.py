"""Simulates an attack on one-time codes, under the rules and the settings of the service.

The attacker has addresses and a list of phones, sees no SMS, and knows the rules. Every hour the
addresses in turn request a code for the next phone and use up its attempts, until all are refused.
Codes are not drawn: each guess counts with its probability, and all are wrong.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address
from itertools import cycle
from uuid import UUID

from libs.errors import Refused
from services.identity.codes import rules
from services.identity.codes.rules import Challenge, CodePolicy, Origin, Source, Tally, Usage

_BEGIN = datetime(2026, 12, 16, tzinfo=UTC)
_CODE, _GUESS, _SALT = "1" * rules.LONG_CODE_DIGITS, "0" * rules.LONG_CODE_DIGITS, b"salt"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results of an attack.

    Args:
        phones: attacked phones.
        days: its length.
        sent: SMS that were paid for.
        left: codes that remain for other unknown devices at the end.
        guesses: codes that were compared, by their number of digits.
        refused: requests and guesses that were refused, by problem.
    """

    phones: int
    days: int
    sent: int
    left: int
    guesses: Counter[int]
    refused: Counter[str]

    @property
    def accounts_guessed(self) -> float:
        """Expected accounts of a day: each guess is right with one in as many codes as there are.

        It is an upper bound, since two guesses of one account count twice.
        """
        expected = sum(count * 10.0**-digits for digits, count in self.guesses.items())
        return expected / self.days

    @property
    def share_guessed(self) -> float:
        """Expected share of the phones whose accounts are guessed in a day."""
        return self.accounts_guessed / self.phones


class Attack:
    """An attack in progress.

    Args:
        policy: the settings of one-time codes.
        phones: how many phones are attacked.
    """

    def __init__(self, policy: CodePolicy, phones: int) -> None:
        self._policy = policy
        self._challenges = [
            Challenge(str(number), UUID(int=number), b"", b"", _BEGIN, 0, ())
            for number in range(phones)
        ]
        self._next_phone = cycle(range(phones))
        self._hours: dict[datetime, dict[Source, Usage]] = {}
        self.sent = 0
        self.left = 0
        self.guesses = Counter[int]()
        self.refused = Counter[str]()

    def hour(self, origins: Sequence[Origin], at: datetime) -> None:
        """Do all that the limits allow from these addresses in an hour."""
        oldest = rules.oldest_hour(at)
        self._hours = {hour: used for hour, used in self._hours.items() if hour >= oldest}
        usage = Tally()
        for used in self._hours.values():
            for source, each in used.items():
                usage[source] += each
        served = list(origins)
        while served:
            served = [origin for origin in served if self._request(usage, origin, at)]
        self._hours[at] = usage.added
        self.left = rules.left_for_strangers(usage, self._policy)

    def _request(self, usage: Tally, origin: Origin, at: datetime) -> bool:
        """Request a code for the next phone and guess it; return whether to continue."""
        refusal = rules.refuse_to_send(usage, origin, self._policy, at)
        if refusal is not None:
            self.refused[refusal.code] += 1
            return False
        phone = next(self._next_phone)
        challenge = self._challenges[phone]
        digits = rules.digits_to_send(usage, origin, self._policy, challenge, at)
        issued = rules.issue_code(challenge, _CODE[:digits], _SALT, self._policy, at)
        if isinstance(issued, Refused):
            self.refused[issued.code] += 1
            return False
        usage.count(origin, rules.usage_of_sent(usage, origin, self._policy))
        self.sent += 1
        self._challenges[phone] = self._guess(usage, origin, issued, digits, at)
        return True

    def _guess(
        self, usage: Tally, origin: Origin, challenge: Challenge, digits: int, at: datetime
    ) -> Challenge:
        while True:
            needed = rules.digits_needed(usage, origin, self._policy)
            checked, refusal = rules.check_code(
                challenge, _GUESS[:digits], self._policy, at, digits=needed
            )
            if checked is challenge:
                self.refused[refusal.code if refusal else ""] += 1
                return challenge
            usage.count(origin, rules.usage_of(_GUESS[:digits], refusal))
            self.guesses[digits] += 1
            challenge = checked


def simulate(
    policy: CodePolicy, *, addresses: int, phones: int, days: int, per_network: int = 1
) -> Outcome:
    """Return what an attack of some days achieves.

    Args:
        policy: the settings of one-time codes.
        addresses: how many addresses the attacker has.
        phones: how many phones the attacker knows.
        days: how long it lasts.
        per_network: how many of the addresses are in one network.
    """
    origins = [_origin(*divmod(number, per_network)) for number in range(addresses)]
    attack = Attack(policy, phones)
    for hour in range(days * 24):
        attack.hour(origins, _BEGIN + timedelta(hours=hour))
    return Outcome(phones, days, attack.sent, attack.left, attack.guesses, attack.refused)


def _origin(network: int, subscriber: int) -> Origin:
    """Return an origin in a /64 of its own; each network is of another provider."""
    return Origin(str(IPv6Address((0x2001 << 112) + (network << 96) + (subscriber << 64))))
