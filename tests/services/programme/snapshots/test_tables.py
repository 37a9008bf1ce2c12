"""The published files: attacked, read by a spreadsheet, and checked against their schemas."""

import csv
import json
import random
from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from typing import Any

import jsonschema_rs
import pytest

from services.programme.bodies.rules import BodyState
from services.programme.snapshots import tables
from tests.services.programme.snapshots import attack
from tests.services.programme.snapshots.scenes import (
    SATURDAY,
    TAKEN,
    bodies_of,
    service,
    states_of_81,
    week,
)

NAMES = {
    f"{table}.{kind}"
    for table in ("services", "bodies", "country", "grievances")
    for kind in ("csv", "json", "schema.json")
}


def files(
    states: Mapping[str, BodyState], counted: Mapping[str, Mapping[str, int]], weeks_later: int = 0
) -> dict[str, str]:
    """The files of a week."""
    week_ends = SATURDAY + timedelta(weeks=weeks_later)
    return tables.files_of(states, bodies_of(states), counted, week_ends, TAKEN)


@pytest.mark.parametrize("seed", range(8))
def test_no_hidden_number_can_be_told_from_two_weeks(seed: int) -> None:
    """Not by any sum, and not by the next snapshot: each can have four values at least."""
    chance = random.Random(seed)  # noqa: S311
    states = states_of_81(chance)
    published = [files(states, week(chance), weeks) for weeks in (0, 1)]
    cells, equations = attack.read(published)
    ranges = attack.attack(cells, equations)
    assert len(ranges) > 100
    assert all(most - least >= 3 for least, most in ranges.values())


def test_the_attacker_tells_what_is_only_hidden_where_it_is_small() -> None:
    """Without others hidden beside them, most numbers of 1 to 4 are known again."""
    chance = random.Random(1)  # noqa: S311
    states, counted = states_of_81(chance), week(chance)
    published = files(states, counted)
    naive: list[dict[str, str]] = [{}]
    for name in ("services", "bodies", "country"):
        rows = list(csv.DictReader(StringIO(published[f"{name}.csv"][1:])))
        shown = StringIO()
        writer = csv.DictWriter(shown, list(rows[0]))
        writer.writeheader()
        for row in rows:
            exact = _exact(name, row, states, counted)
            for column in attack.COLUMNS:
                row[column] = "[c]" if 0 < exact[column] < 5 else str(exact[column])
            writer.writerow(row)
        naive[0][f"{name}.csv"] = "\ufeff" + shown.getvalue()
    ranges = attack.attack(*attack.read(naive))
    assert sum(least == most for least, most in ranges.values()) > 30


def _exact(
    table: str,
    row: Mapping[str, str],
    states: Mapping[str, BodyState],
    counted: Mapping[str, Mapping[str, int]],
) -> dict[str, int]:
    """The numbers of a row, with nothing hidden."""
    of = {
        "services": lambda: [row["public_service_id"]],
        "bodies": lambda: [one.public_service_id for one in states[row["body"]].services],
        "country": lambda: list(counted),
    }[table]()
    found = dict.fromkeys(attack.COLUMNS, 0)
    for service_id in of:
        numbers = counted[service_id]
        late = numbers.get("late", 0)
        decided = numbers["approved"] + numbers["refused"]
        for column, number in (
            ("submitted", numbers["submitted"]),
            ("in_time", numbers["in_time"]),
            ("late", late),
            ("without_day", decided - numbers["in_time"] - late),
            ("corrections", numbers["correction_requested"]),
            ("withdrawn", numbers["withdrawn"]),
            ("became_overdue", numbers["overdue"]),
        ):
            found[column] += number
    return found


def test_what_is_shown_is_exact_and_adds_up() -> None:
    """Every shown number is the counted one; where all children are shown, so is their sum."""
    chance = random.Random(5)  # noqa: S311
    states, counted = states_of_81(chance), week(chance)
    published = files(states, counted)
    for name in ("services", "bodies", "country"):
        for row in csv.DictReader(StringIO(published[f"{name}.csv"][1:])):
            exact = _exact(name, row, states, counted)
            for column in attack.COLUMNS:
                assert row[column] in {"[c]", str(exact[column])}
                assert row[column] == "[c]" or not 0 < exact[column] < 5


def test_a_median_tells_no_hidden_number() -> None:
    """It is shown only where everything that was decided is, and at least five."""
    states = {"minland": BodyState("minland", SATURDAY, services=[service("S001")])}

    def median(**numbers: int) -> Any:
        (row,) = json.loads(files(states, {"S001": numbers})["services.json"])["rows"]
        return row["median_days"]

    assert median(approved=9, in_time=9, days_3=9) == 3
    assert median(approved=9, in_time=6, late=3, days_3=9) is None
    assert median(approved=9, in_time=9, days_3=4) is None
    assert median() is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=HYPERLINK(0)", "'=HYPERLINK(0)"),
        ("+880", "'+880"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("ভূমি, সেবা", "ভূমি, সেবা"),
    ],
)
def test_no_cell_is_run_as_a_formula(text: str, expected: str) -> None:
    """OWASP, CSV injection: what a spreadsheet would run has a quote before it."""
    named = service("S001", name=text)
    states = {"minland": BodyState("minland", SATURDAY, services=[named])}
    content = files(states, {})["services.csv"]
    (row,) = csv.DictReader(StringIO(content[1:], newline=""))
    assert row["name_en"] == expected


def test_excel_reads_the_files_with_bangla() -> None:
    """They begin with the mark of UTF-8, and lines end as RFC 4180 has it."""
    content = files(states_of_81(random.Random(2)), {})["bodies.csv"].encode()  # noqa: S311
    assert content.startswith(b"\xef\xbb\xbfweek_ends,")
    assert content.count(b"\r\n") == content.count(b"\n") == 68
    assert "ভূমি মন্ত্রণালয়" in content.decode()


def test_the_json_is_as_its_schema_says() -> None:
    """And a schema says something: without its rows the table is refused."""
    chance = random.Random(3)  # noqa: S311
    published = files(states_of_81(chance), week(chance))
    assert set(published) == NAMES
    for table in ("services", "bodies", "country", "grievances"):
        schema = jsonschema_rs.validator_for(json.loads(published[f"{table}.schema.json"]))
        found = json.loads(published[f"{table}.json"])
        schema.validate(found)
        assert found.pop("licence") == "CC-BY-4.0"
        assert not schema.is_valid(found)
