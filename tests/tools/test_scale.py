"""What so many applications a second take."""

from pathlib import Path

import pytest

from tools.scale import CPU_MS, cpu_ms, need, table

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"


def test_the_page_has_what_the_command_prints() -> None:
    """A constant that changes changes the page."""
    assert "\n".join(table()) in PAGE.read_text(encoding="utf-8")


def test_an_application_costs_what_was_measured() -> None:
    """At the measured rates; between them less, and below and above as at the nearest."""
    for rate_per_s, cost_ms in CPU_MS:
        assert cpu_ms(rate_per_s) == pytest.approx(cost_ms)
    assert 6.5 < cpu_ms(100.0) < 22.0
    assert (cpu_ms(1.0), cpu_ms(1e6)) == (22.0, 2.1)


def test_more_takes_more() -> None:
    """Of everything, or as much."""
    small, large = need(1), need(1_000)
    assert small.cores <= large.cores
    assert small.brokers <= large.brokers
    assert large.database_tb_a_year == pytest.approx(1_000 * small.database_tb_a_year)
