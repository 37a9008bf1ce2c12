"""What so many applications a second take, reckoned from what was measured.

`python -m tools.scale` prints it. Nothing here was run at the higher rates: two cores bear a
thousand a second at most. The measured figures are those of docs/performance.md and of the
commands on docs/scale.md, which says what each is worth.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

MEAN_PER_S: Final = 2.3
"""The nation's estimated mean."""
TIMES: Final = (1, 10, 100, 1_000)
PEAK: Final = 5
"""An hour of the busiest day by the mean: assumed, nobody has measured it."""
YEAR_S: Final = 365 * 86_400

# Measured on two cores.
CPU_MS: Final = ((50.0, 22.0), (300.0, 6.5), (1_000.0, 2.1))
"""CPU of an application, all components, by the rate; beyond the last one it stays."""
READER_PER_S: Final = 12_000
"""Events of one process with a core of its own."""
STORED_KB: Final = 3.7
TOPICS_KB: Final = 3.8
# Chosen.
COPIES_OF_TOPICS: Final = 3
COPIES_OF_DATABASES: Final = 3
TOPIC_DAYS: Final = 30
RECORDS: Final = 4
CORE_USED: Final = 0.5
"""Of a core at the peak; the rest is for the loss of a zone."""
# Assumed prices in US dollars a month, of a public cloud's list; a hall of the state has others.
CORE_USD: Final = 25.0
TERABYTE_USD: Final = 90.0
BROKER_USED_MB_PER_S: Final = 50.0
LARGEST_CLUSTER_TB: Final = 4.0
"""That restores in a working day: 4 TB at 150 MB a second take 7.4 hours."""


@dataclass(frozen=True, slots=True)
class Need:
    """The machines, data and money that a rate takes."""

    times: int
    peak_per_s: float
    cores: int
    brokers: int
    partitions: int
    database_tb_a_year: float
    clusters: int
    topics_tb: float
    usd_a_month: int


def cpu_ms(rate_per_s: float) -> float:
    """CPU of an application at a rate: between two measured rates it falls with the logarithm."""
    rates = [rate for rate, _ in CPU_MS]
    if rate_per_s <= rates[0]:
        return CPU_MS[0][1]
    for (low, dear), (high, cheap) in pairwise(CPU_MS):
        if rate_per_s <= high:
            share = math.log(rate_per_s / low) / math.log(high / low)
            return dear + (cheap - dear) * share
    return CPU_MS[-1][1]


def need(times: int) -> Need:
    """Reckon what so many times the nation's mean take."""
    mean, peak = MEAN_PER_S * times, MEAN_PER_S * times * PEAK
    cores = max(6, math.ceil(peak * cpu_ms(peak) / 1_000 / CORE_USED))
    stored_tb = mean * YEAR_S * STORED_KB / 1e9
    topics_tb = mean * TOPIC_DAYS * 86_400 * TOPICS_KB * COPIES_OF_TOPICS / 1e9
    written_mb = peak * TOPICS_KB * COPIES_OF_TOPICS / 1_000
    brokers = max(3, math.ceil(written_mb / BROKER_USED_MB_PER_S), math.ceil(topics_tb / 8))
    usd = cores * CORE_USD + (stored_tb * COPIES_OF_DATABASES + topics_tb) * TERABYTE_USD
    return Need(
        times=times,
        peak_per_s=peak,
        cores=cores,
        brokers=brokers,
        partitions=max(6, math.ceil(peak * RECORDS / READER_PER_S / CORE_USED)),
        database_tb_a_year=stored_tb,
        clusters=max(1, math.ceil(stored_tb / LARGEST_CLUSTER_TB)),
        topics_tb=topics_tb,
        usd_a_month=math.ceil(usd / 10) * 10,
    )


def table() -> Iterator[str]:
    """The lines of the table on docs/scale.md."""
    yield (
        "| times 2.3 a second | at the peak | cores | brokers | partitions of the busiest topic | "
        "databases, TB a year | PostgreSQL clusters, by a year's data | topics, TB | US dollars a "
        "month after a year |"
    )
    yield "| --- |" + " --- |" * 8
    for reckoned in map(need, TIMES):
        yield (
            f"| {reckoned.times:,} | {reckoned.peak_per_s:,.0f} | {reckoned.cores:,} "
            f"| {reckoned.brokers} | {reckoned.partitions} | {reckoned.database_tb_a_year:,.1f} "
            f"| {reckoned.clusters} | {reckoned.topics_tb:,.2f} | {reckoned.usd_a_month:,} |"
        )


if __name__ == "__main__":
    print("\n".join(table()))  # noqa: T201
