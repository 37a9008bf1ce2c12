"""States from facts: by example, and against a second way to them."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from libs.bangladesh.bodies import bodies
from libs.bangladesh.calendar import Calendar, reference_calendar
from libs.contracts.catalogue import ServiceAdapter
from services.programme.bodies.contents import NotSo
from services.programme.bodies.facts import Fact
from services.programme.bodies.rules import STEPS, BodyState, answered_by, owing, states_of
from services.programme.reminders.rules import wanted_on
from tests.services.programme.bodies import model
from tests.services.programme.bodies.scenes import (
    LAND,
    MOPA,
    TODAY,
    acknowledged,
    connection,
    fact,
    instructions,
    letter,
    received,
    replaced,
    service,
    vendor,
)

JUNE = date(2026, 6, 1)
CALENDAR = reference_calendar()


def june(day: int) -> date:
    return date(2026, 6, day)


Decided = dict[str, set[date]]


def state(*facts: Fact, today: date = TODAY, decided: Decided | None = None) -> BodyState:
    """The state of one body."""
    return states_of(facts, decided or {}, today, CALENDAR)[LAND]


def test_53_of_67_bodies_owe_a_list() -> None:
    """A ministry with divisions answers by them; of four offices nobody asked a list."""
    assert len(owing()) == 53
    assert {"ecs", "fd", "lgd", "minland"} <= owing()
    assert answered_by("mof") == ("fd", "ird", "erd", "fid")
    assert (answered_by("fd"), answered_by("cabinet")) == ((), ())


def test_the_first_letter_sets_the_day() -> None:
    """A second letter about the same gives no more time."""
    first, second = letter(june(1), june(10)), letter(june(8), june(28))
    found = state(second, first).steps["list"]
    assert (found.asked_on, found.due_on, found.is_overdue(TODAY)) == (june(1), june(10), True)
    assert found.late_working_days == 14  # without Fridays, Saturdays and the day of Ashura


def test_what_was_done_late_is_not_overdue() -> None:
    found = state(letter(june(1), june(10)), received(june(20), "S001"))
    assert (found.overdue, found.steps["list"].done_on, found.listed) == (None, june(20), 1)


def test_a_correction_counts_instead_and_can_say_that_it_was_not_so() -> None:
    """Also where it came before what it corrects; of two the last recorded one."""
    sent = received(june(20), "S001", "S002")
    corrected = received(june(21), "S001", corrects=sent.fact_id)
    again = received(june(22), "S003", "S004", "S005", corrects=sent.fact_id)
    gone = fact(NotSo(), june(23), corrects=again.fact_id)
    assert state(corrected, sent).listed == 1
    assert state(again, corrected, sent).steps["list"].done_on == june(22)
    assert state(gone, again, corrected, sent).listed is None


def two_live(first: date = JUNE) -> tuple[list[Fact], Decided]:
    """Two services that went online and were decided on a day."""
    return [service(first, "S001"), service(first, "S002")], {"S001": {first}, "S002": {first}}


def test_live_is_online_and_decided_in_the_last_30_days() -> None:
    """Closed, unpublished, or without a decision it is not."""
    facts, decided = two_live()
    assert state(*facts, decided=decided, today=june(30)).live == 2
    assert state(*facts, decided=decided, today=date(2026, 7, 1)).live == 0
    closed = service(june(2), "S002", is_open=False)
    found = state(*facts, closed, decided=decided, today=june(2))
    assert (found.online, found.live, found.target.state) == (1, 1, "below")
    unpublished = [service(JUNE, "S001", published=False)]
    assert state(*unpublished, decided={"S001": {JUNE}}).online == 0


def live_after(*facts: Fact, said: dict[str, Any], on: int = 20) -> tuple[int, int]:
    """How many services are connected and live in June: one is online and was decided."""
    announced, decided = service(JUNE, "S001", said=said), {"S001": {JUNE}}
    found = state(announced, *facts, today=june(on), decided=decided)
    return found.connected, found.live


HOSTED = {"adapter": "hosted"}


def test_connected_is_a_passed_check_of_the_adapter_in_use() -> None:
    """Not the default, not one that failed since, not one that is stopped, not one of another."""
    assert live_after(said=HOSTED) == (0, 0)
    assert live_after(connection(june(2)), said=HOSTED) == (1, 1)
    assert live_after(connection(june(2), body=MOPA), said=HOSTED) == (0, 0)
    passed = connection(june(2))
    for since in (
        connection(june(3), passed=False),
        connection(june(3), stopped=True),
        connection(june(3), adapter=None),
    ):
        assert live_after(since, passed, said=HOSTED) == (0, 0)
        assert live_after(since, passed, said=HOSTED, on=2) == (1, 1)


def test_an_adapter_of_the_service_counts_from_its_day_on() -> None:
    """Of the ministry's own one its own check; a desk and none yet have no check to pass."""
    own = {"adapter": "own", "own_passed": True}
    assert live_after(said=own) == (1, 1)
    assert live_after(connection(june(2)), said={**own, "own_passed": False}) == (0, 0)
    for adapter in ("desk", "none_yet"):
        assert live_after(connection(june(2)), said={"adapter": adapter}) == (0, 0)
    later = ServiceAdapter(version=1, valid_from=june(10), adapter="desk")
    of_service = {**own, "adapters": [later]}
    assert live_after(said=of_service, on=9) == (1, 1)
    assert live_after(said=of_service, on=10) == (0, 0)


def test_the_target_lapses_on_the_day_after_the_tenth_working_day_below() -> None:
    """A day earlier it holds, and whoever has two again before begins anew."""
    facts, decided = two_live()
    closed = service(june(8), "S002", is_open=False)
    tenth = model.HOLIDAYS[2026]
    days = [june(8) + timedelta(days=n) for n in range(40)]
    working = [day for day in days if day.weekday() not in {4, 5} and day.isoformat() not in tenth]
    last = working[9]
    for day, expected in ((june(7), "reached"), (june(8), "below"), (last, "below")):
        assert state(*facts, closed, decided=decided, today=day).target.state == expected
    lapsed = state(*facts, closed, decided=decided, today=last + timedelta(days=1)).target
    assert (lapsed.state, lapsed.below_since) == ("lapsed", june(8))
    again = service(last, "S002")
    assert state(*facts, closed, again, decided=decided, today=last).target.state == "reached"


def test_a_holiday_that_is_announced_later_gives_a_day_more() -> None:
    """Of the ten working days below the target one is off by then."""
    facts, decided = two_live()
    closed = service(june(8), "S002", is_open=False)
    days = [june(8) + timedelta(days=n) for n in range(40)]
    working = [day for day in days if CALENDAR.is_working_day(day)]
    off = Calendar(CALENDAR.sources, CALENDAR.shut | {working[3]})
    for calendar, day, expected in (
        (CALENDAR, working[9] + timedelta(days=1), "lapsed"),
        (off, working[9] + timedelta(days=1), "below"),
        (off, working[10] + timedelta(days=1), "lapsed"),
    ):
        assert states_of([*facts, closed], decided, day, calendar)[LAND].target.state == expected


def test_of_a_year_without_holidays_nothing_lapses() -> None:
    """A guess would say that a ministry has lost what it may have."""
    first = date(2027, 1, 4)
    facts, decided = two_live(first)
    closed = service(date(2027, 1, 5), "S002", is_open=False)
    found = state(*facts, closed, decided=decided, today=date(2027, 3, 1))
    assert found.target.state == "below"
    late = state(letter(date(2026, 12, 20), date(2026, 12, 30)), today=date(2027, 3, 1))
    assert late.lateness == 1  # 31 December; more is not known


def test_after_a_replacement_services_are_the_successors() -> None:
    """So are facts of later days; of earlier days they stay, and the old body owes nothing."""
    facts, decided = two_live()
    facts += [letter(june(1), june(10)), received(june(20), "S001"), replaced(june(15), MOPA)]
    before = states_of(facts, decided, june(14), CALENDAR)
    after = states_of(facts, decided, TODAY, CALENDAR)
    assert (before[LAND].live, before[MOPA].live) == (2, 0)
    assert (after[LAND].live, after[MOPA].live) == (0, 2)
    assert (after[LAND].owes_list, after[LAND].replaced_by, after[LAND].rank) == (False, MOPA, None)
    assert (after[LAND].listed, after[MOPA].listed) == (None, 1)
    assert after[MOPA].target.reached_on == june(15)


def test_a_circle_of_replacements_ends() -> None:
    """It can only come from facts that were recorded at once; everybody stays."""
    around = [replaced(june(2), MOPA), replaced(june(3), LAND, body=MOPA)]
    found = states_of(around, {}, TODAY, CALENDAR)
    assert (found[LAND].replaced_by, found[MOPA].replaced_by) == (None, None)


def test_equal_bodies_share_a_rank() -> None:
    facts, decided = two_live()
    found = states_of([*facts, letter(june(1), june(10), body=MOPA)], decided, TODAY, CALENDAR)
    assert (found[LAND].rank, found["fd"].rank, found[MOPA].rank, found["mof"].rank) == (
        1,
        2,
        53,
        None,
    )


class History:
    """Facts about all bodies over two years of days, by chance.

    Many are late, some are corrected, perhaps twice, and some bodies are replaced.
    """

    START, SERVICES = date(2025, 6, 22), [f"S{number:03}" for number in range(1, 82)]

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311
        self.facts: list[Fact] = []
        self.ids = [body.body_id for body in bodies()]
        self.kinds: list[Callable[..., Fact]] = [
            *[self.service] * 24, *[self.connection] * 4, *[self.letter] * 5, *[self.list] * 3,
            *[self.sent] * 2, *[acknowledged] * 2, *[vendor] * 2, self.replaced,
            *[self.correction] * 2,
        ]  # fmt: skip

    def day(self) -> date:
        return self.START + timedelta(days=self.chance.randrange(730))

    def add(self, count: int) -> list[Fact]:
        for _ in range(count):
            day, body = self.day(), self.chance.choice(self.ids)
            self.facts.append(self.chance.choice(self.kinds)(day, body=body))
        return self.facts

    def due(self, day: date) -> date:
        return day + timedelta(days=self.chance.randrange(60))

    def service(self, day: date, body: str) -> Fact:
        """Mostly of the first eight bodies, so that some have two services for a while."""
        owner = body if self.chance.random() < 0.03 else self.ids[self.chance.randrange(8)]
        is_open, published = self.chance.random() < 0.8, self.chance.random() < 0.8
        name, adapters = self.chance.choice(self.SERVICES), ["hosted", "hosted", "own", "desk"]
        own = [
            ServiceAdapter(
                version=number + 1,
                valid_from=self.due(day),
                adapter=self.chance.choice([*adapters, None]),
            )
            for number in range(self.chance.choice([0, 0, 1, 2]))
        ]
        said = {
            "adapter": self.chance.choice(adapters),
            "adapters": own,
            "own_passed": self.chance.random() < 0.8,
        }
        return service(day, name, body=owner, is_open=is_open, published=published, said=said)

    def connection(self, day: date, body: str) -> Fact:
        """Mostly of the first eight bodies, too."""
        owner = body if self.chance.random() < 0.03 else self.ids[self.chance.randrange(8)]
        adapter, passed, stopped = (self.chance.random() < share for share in (0.9, 0.8, 0.1))
        adapter_name = "soap" if adapter else None
        return connection(day, body=owner, adapter=adapter_name, passed=passed, stopped=stopped)

    def letter(self, day: date, body: str) -> Fact:
        asks = self.chance.sample(STEPS, self.chance.randint(1, 5))
        return letter(day, self.due(day), *asks, body=body)

    def list(self, day: date, body: str) -> Fact:
        return received(day, *self.chance.sample(self.SERVICES, 3), others=("x",), body=body)

    def sent(self, day: date, body: str) -> Fact:
        return instructions(day, self.due(day), body=body)

    def replaced(self, day: date, body: str) -> Fact:
        if self.chance.random() < 0.9:
            return vendor(day, body=body)
        return replaced(day, self.chance.choice(self.ids), body=body)

    def correction(self, day: date, body: str) -> Fact:
        if not self.facts:
            return vendor(day, body=body)
        wrong = self.chance.choice(self.facts)
        content = self.chance.choice([NotSo(), wrong.content])
        return fact(content, day, wrong.body, corrects=wrong.fact_id)


def summary(found: BodyState) -> dict[str, Any]:
    steps = found.steps.values()
    return {
        "replaced_by": found.replaced_by,
        "asked": {s.step: (s.asked_on, s.due_on) for s in steps if s.asked_on},
        "done": {s.step: s.done_on for s in steps if s.done_on},
        "late": {s.step: s.late_working_days for s in steps if s.is_overdue(found.today)},
        "listed": found.listed,
        "live": found.live,
        "target": (found.target.state, found.target.reached_on, found.target.below_since),
        "rank": found.rank,
    }


@pytest.mark.parametrize("seed", range(4))
def test_a_second_way_from_shuffled_facts_leads_to_the_same_states(seed: int) -> None:
    """10,000 facts about 67 bodies over two years, in another order on each of six days.

    States, ranks, and the reminders that follow from them are those of the model.
    """
    history = History(seed)
    facts, chance = history.add(10_000), history.chance
    decided = {name: {history.day() for _ in range(12)} for name in history.SERVICES}
    seen, rungs = set(), set()
    for n in range(6):
        today = date(2025, 12, 1) + timedelta(days=n * 65 + chance.randrange(20))
        chance.shuffle(facts)
        found = states_of([*facts, *facts[:50]], decided, today, CALENDAR)
        wanted = model.expected(facts, decided, today)
        assert {body: summary(one) for body, one in found.items()} == wanted
        messages = {tuple(message) for message in wanted_on(found.values(), today, CALENDAR)}
        assert messages == model.messages(wanted, today)
        seen |= {one.target.state for one in found.values()}
        rungs |= {rung for *_, rung in messages}
    assert seen == {"never", "reached", "below", "lapsed"}
    assert len(rungs) > 2
