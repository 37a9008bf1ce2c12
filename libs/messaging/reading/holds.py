"""Holds partitions whose records fail, and lets them go on.

A record fails when its handler raises what is neither `Refused` nor `Unavailable`. The defect is in
the handler, which then fails on everything, or in what one writer writes. They are told apart by
the other partitions: if their records are handled, the handler works.

| failed in a row in the partition | and other partitions | then |
| --- | --- | --- |
| up to 20 | | the record is tried three times, with pauses, and becomes a dead letter |
| more | are handled | it becomes a dead letter at once, three each time that others are handled |
| more | are not handled | the partition is held at the record, which is tried again and again |

A held partition is paused, so no other waits for it. It goes on at full speed as soon as one of its
records is handled, without an operator. For a while its records keep a transaction of their own: if
a writer's records fail now and then, only its own batches are halved. So do the records of a
ministry's partition of which many become dead letters without a failure (unreadable, refused,
blocked); while others are handled, it has a tenth of the time. A partition of a topic that is not a
ministry's own has no such limit: records of all citizens wait behind those dead letters.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from aiokafka import TopicPartition

from libs.backoff import Backoff
from libs.component import ComponentHealth
from libs.contracts.topics import Topic
from libs.telemetry.metrics import Metrics

ATTEMPTS = 3
IN_A_ROW = 20
AT_A_TIME = 3
APART_FOR = 1_000  # transactions of all partitions
_OTHERS_WITHIN_S = 1.0
_FIRST_PAUSE_S = 1.0
_LONGEST_S = 60.0


class Hold(NamedTuple):
    """The offset and the pause of a held partition.

    Args:
        offset: the record with which it goes on.
        pause_s: seconds until then.
    """

    offset: int
    pause_s: float


class Verdict(NamedTuple):
    """The decision on a failed record.

    Args:
        gives_up: the record becomes a dead letter; if not, it is tried again after the hold.
        hold: whether the partition is held now, and where.
    """

    gives_up: bool
    hold: Hold | None


def _long_pauses() -> Backoff:
    return Backoff(first_s=_FIRST_PAUSE_S, most_s=_LONGEST_S)


@dataclass(slots=True)
class _Failing:
    """A partition whose last record failed.

    Args:
        offset: of that record.
        attempts: how often it was tried.
        in_a_row: how many records failed before another was handled.
        handled_before: transactions of all partitions until records were last given up.
        given_up_since: how many records were given up since then.
        pauses: between two attempts while no other partition's records are handled.
    """

    offset: int = -1
    attempts: int = 0
    in_a_row: int = 0
    handled_before: int = 0
    given_up_since: int = 0
    pauses: Backoff = field(default_factory=_long_pauses)


@dataclass(slots=True)
class Handled:
    """The successes of a handler in all topics that it reads; they show that it works.

    Args:
        transactions: how many, in all partitions.
        at_s: when events of a partition were handled last.
    """

    transactions: int = 0
    at_s: dict[TopicPartition, float] = field(default_factory=dict)


class Holds:
    """The failing partitions of one topic of the map, at one member of the group.

    Args:
        topic: the topic of the map.
        metrics: shows the held partitions by their topic on the broker.
        handled: by the handler of the topic, which may read others, too; its own if None.
        retry_pause_s: seconds before the second attempt, twice; three times before the third.
        in_a_row: how many failed records in a row count as single ones.
        now_s: the time in seconds, from any beginning.
    """

    def __init__(
        self,
        topic: Topic,
        metrics: Metrics,
        *,
        handled: Handled | None = None,
        retry_pause_s: float = 0.2,
        in_a_row: int = IN_A_ROW,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._topic = topic
        self._metrics = metrics
        self._retry_pause_s = retry_pause_s
        self._in_a_row = in_a_row
        self._failing: dict[TopicPartition, _Failing] = {}
        self._handled = handled or Handled()
        self._apart_until: dict[TopicPartition, int] = {}
        self._dead_letters: Counter[TopicPartition] = Counter()
        self._counted_until = APART_FOR
        self._now_s = now_s

    def is_failing(self, place: TopicPartition) -> bool:
        """Whether the last record of a partition failed, so that the next is tried alone."""
        return place in self._failing

    def is_apart(self, place: TopicPartition) -> bool:
        """Whether a partition's records failed lately, or many became dead letters."""
        return place in self._failing or self._handled.transactions < self._apart_until.get(
            place, 0
        )

    def handled(self, places: Iterable[TopicPartition]) -> None:
        """Note that new events of these partitions were handled."""
        self._handled.transactions += 1
        if self._handled.transactions >= self._counted_until:
            self._counted_until = self._handled.transactions + APART_FOR
            self._dead_letters.clear()
        handled = set(places)
        self._handled.at_s.update(dict.fromkeys(handled, self._now_s()))
        for place in self._failing.keys() & handled:
            del self._failing[place]
            self._show(place)

    def dead_lettered(self, places: Iterable[TopicPartition]) -> None:
        """Note records that became dead letters without a failure, by their partitions."""
        if not self._topic.per_ministry:
            return
        for place in places:
            self._dead_letters[place] += 1
            if self._dead_letters[place] > self._in_a_row:
                self._apart_until[place] = self._handled.transactions + APART_FOR

    def are_others_handled(self, place: TopicPartition) -> bool:
        """Whether events of another partition were handled within the last second."""
        since_s = self._now_s() - _OTHERS_WITHIN_S
        return any(at_s > since_s for other, at_s in self._handled.at_s.items() if other != place)

    def failed(self, place: TopicPartition, offset: int) -> Verdict:
        """Decide whether a record that failed by itself is tried again, held or given up."""
        self._apart_until[place] = self._handled.transactions + APART_FOR
        failing = self._failing.setdefault(place, _Failing())
        if failing.offset != offset:
            failing.offset, failing.attempts = offset, 0
        failing.attempts += 1
        if failing.in_a_row < self._in_a_row:
            verdict = self._tried(failing)
            self._show(place)
            return verdict
        if self._no_others_handled(failing):
            return Verdict(gives_up=False, hold=Hold(offset, failing.pauses.next_s()))
        if failing.given_up_since >= AT_A_TIME:
            failing.handled_before, failing.given_up_since = self._handled.transactions, 0
            failing.pauses = _long_pauses()
        failing.in_a_row += 1
        failing.given_up_since += 1
        rests = failing.given_up_since >= AT_A_TIME
        return Verdict(gives_up=True, hold=Hold(offset + 1, _FIRST_PAUSE_S) if rests else None)

    def _tried(self, failing: _Failing) -> Verdict:
        if failing.attempts < ATTEMPTS:
            pause_s = self._retry_pause_s * (failing.attempts + 1)
            return Verdict(gives_up=False, hold=Hold(failing.offset, pause_s))
        failing.in_a_row += 1
        if failing.in_a_row == self._in_a_row:
            failing.handled_before = self._handled.transactions
            failing.given_up_since = AT_A_TIME
        return Verdict(gives_up=True, hold=None)

    def attempts(self, place: TopicPartition) -> int:
        """The number of attempts at the present record of a partition."""
        return self._failing[place].attempts

    def forget(self) -> None:
        """Forget which partitions fail: they have moved between members."""
        places = list(self._failing)
        self._failing, self._apart_until = {}, {}
        for place in [
            handled for handled in self._handled.at_s if handled.topic in self._topic.names()
        ]:
            del self._handled.at_s[place]
        self._dead_letters.clear()
        for place in places:
            self._show(place)

    def health(self) -> ComponentHealth:
        """Not ready only where the handler itself is in doubt.

        One writer outside cannot make the service unready; a restart would change nothing.
        """
        held = self._held()
        if not held:
            return ComponentHealth()
        in_doubt = [
            partition for partition in held if self._no_others_handled(self._failing[partition])
        ]
        if len(in_doubt) > 1 or (in_doubt and not self._topic.per_ministry):
            return ComponentHealth(ready=False, detail="the handler fails on everything")
        return ComponentHealth(
            detail=f"held: {', '.join(sorted({partition.topic for partition in held}))}"
        )

    def _no_others_handled(self, failing: _Failing) -> bool:
        return (
            failing.given_up_since >= AT_A_TIME
            and failing.handled_before == self._handled.transactions
        )

    def _held(self) -> list[TopicPartition]:
        return [
            place for place, failing in self._failing.items() if failing.in_a_row >= self._in_a_row
        ]

    def _show(self, place: TopicPartition) -> None:
        held = sum(partition.topic == place.topic for partition in self._held())
        self._metrics.gauge("partitions_held", held, topic=place.topic)
