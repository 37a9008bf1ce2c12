"""A line is what the times of arrival say, and nothing makes it look quicker."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import Refused
from services.desk.counter.line_rules import (
    DOWNLOAD_BYTES,
    REQUESTS,
    TRIPS,
    Line,
    arrived,
    check_measured,
)

BEGUN = Line("thumbprint", "rahim", 1_000.0)
TIMES_S = st.floats(min_value=0.0, max_value=100.0)


def measured(trips_s: list[float], download_s: float, desk_s: float = 0.0) -> Line:
    """A line with these trips and this download; the desk needs some time for each answer."""
    line = BEGUN
    for took_s in (*trips_s, download_s):
        at_s = line.sent_s + took_s
        line = replace(arrived(line, at_s), sent_s=at_s + desk_s)
    return line


@given(trips_s=st.lists(TIMES_S, min_size=TRIPS, max_size=TRIPS), download_s=TIMES_S)
def test_a_line_is_as_its_requests_arrive(trips_s: list[float], download_s: float) -> None:
    """The middle trip and the download; what the desk itself needs counts for neither."""
    line = measured(trips_s, download_s, desk_s=3.0)
    assert REQUESTS == TRIPS + 2
    assert line.round_trip_ms == pytest.approx(sorted(trips_s)[TRIPS // 2] * 1000, abs=2)
    speed = check_measured(line, line.sent_s)
    assert speed <= DOWNLOAD_BYTES * 8 / 1000 / max(download_s, 0.001) + 1
    assert speed >= DOWNLOAD_BYTES * 8 / 1000 / (download_s + 0.002) - 1


def test_the_bytes_come_after_the_trips_and_once() -> None:
    """So that the trips are as short as they are."""
    line, has = BEGUN, []
    for _ in range(TRIPS + 1):
        has.append(line.has_download)
        line = arrived(line, line.sent_s + 1)
    assert has == [False] * TRIPS + [True]
    assert not line.has_download


@pytest.mark.parametrize("late_s", [-0.5, 120.5])
def test_what_came_too_late_or_too_early_measures_nothing(late_s: float) -> None:
    """A clock that went back, and a mark that somebody kept."""
    with pytest.raises(Refused, match="form_expired"):
        arrived(BEGUN, BEGUN.sent_s + late_s)
    whole = measured([0.1] * TRIPS, 1.0)
    with pytest.raises(Refused, match="form_expired"):
        check_measured(whole, whole.sent_s + late_s)


def test_a_line_is_measured_to_its_end_and_no_further() -> None:
    """Without the download there is no speed; with it, no second one."""
    with pytest.raises(Refused, match="form_expired"):
        check_measured(BEGUN, BEGUN.sent_s)
    whole = measured([0.1] * TRIPS, 1.0)
    with pytest.raises(Refused, match="form_expired"):
        arrived(whole, whole.sent_s + 1)


@pytest.mark.parametrize("other", [{"device": "another"}, {"person": "salma"}])
def test_a_mark_is_of_one_device_and_one_person(other: dict[str, str]) -> None:
    """So that nobody measures for a device elsewhere."""
    mine = {"device": BEGUN.device, "person": BEGUN.person}
    content = {**BEGUN.content(), "trips_ms": [120]}
    assert Line.of(content, **mine) == replace(BEGUN, trips_ms=(120,))
    with pytest.raises(Refused, match="form_expired"):
        Line.of(content, **mine | other)
    with pytest.raises(Refused, match="form_expired"):
        Line.of(None, **mine)
