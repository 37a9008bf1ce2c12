"""Scrapes a running platform while somebody looks, and answers what its dashboards ask."""

import asyncio
import math
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import yaml

from tools.watch.panels import CHECKOUT, RULES, Dashboard, Panel, dashboards
from tools.watch.queries import Query, selectors
from tools.watch.samples import Labels, Samples, Vector, read_metrics

KEPT_S: Final = 900.0
EVERY_S: Final = 5.0
_LOOKED_AT_FOR_S: Final = 60.0
_POINTS: Final = int(KEPT_S / EVERY_S)
_PATIENCE_S: Final = 2.0
_LEGEND = re.compile(r"{{(\w+)}}", re.ASCII)
_LABEL = re.compile(r"{{ \$labels\.(\w+) }}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a panel: its legend, its newest value, and those before, NaN where it had none."""

    words: str
    value: float
    before: Sequence[float]


@dataclass(frozen=True, slots=True)
class Holding:
    """An alert whose condition holds now, and for how long it must, as the rule says."""

    name: str
    summary: str
    severity: str
    runbook: str
    after: str


class Watch:
    """The figures of one platform.

    Args:
        targets: the addresses of metrics by their processes.
        wall_s: seconds since the epoch.
        checkout: has the dashboards and rules.
    """

    def __init__(
        self,
        targets: Mapping[str, str],
        *,
        wall_s: Callable[[], float] = time.time,
        checkout: Path = CHECKOUT,
    ) -> None:
        self._targets = targets
        self._wall_s = wall_s
        self.dashboards = {dashboard.name: dashboard for dashboard in dashboards(checkout)}
        self._rules = list(_rules(checkout))
        self._queries = {text: Query(text) for text in self._texts()}
        self._names = {found.name for text in self._queries for found in selectors(text)}
        self._samples = Samples(KEPT_S)
        self._drawn: dict[str, dict[tuple[str, str], deque[float]]] = {}
        self._looked_at_s: dict[str, float] = {}
        (interval,) = {rule["interval"] for rule in self._rules if "record" in rule}
        self._record_every_s = float(interval.removesuffix("s"))
        self._recorded_at_s = -math.inf
        self._look = asyncio.Event()

    async def run(self) -> None:
        """Scrape every five seconds while somebody has looked within the last minute."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE_S)) as http:
            while True:
                await self._look.wait()
                self._look.clear()
                while self._wall_s() - max(self._looked_at_s.values()) < _LOOKED_AT_FOR_S:
                    await self.scrape(http)
                    await asyncio.sleep(EVERY_S if len(self._samples.times_s) > 1 else 1.0)

    def look(self, dashboard: str) -> Dashboard:
        """Return a dashboard that somebody looks at, whose lines are drawn from now on.

        Raises:
            LookupError: there is no such dashboard.
        """
        found = self.dashboards[dashboard]
        self._looked_at_s[dashboard] = self._wall_s()
        self._look.set()
        return found

    async def scrape(self, http: aiohttp.ClientSession) -> None:
        """Ask all processes at once, record what rules record, and draw what is looked at."""
        texts = await asyncio.gather(
            *(_fetched(http, address) for address in self._targets.values())
        )
        said = await asyncio.to_thread(self._read, texts)
        self.add(self._wall_s(), said)

    def add(self, at_s: float, said: Mapping[str, Vector]) -> None:
        """Add what all processes said at one time."""
        self._samples.add(at_s, said)
        if at_s - self._recorded_at_s >= self._record_every_s:
            self._recorded_at_s = at_s
            self._record()
        for name, looked_at_s in self._looked_at_s.items():
            if at_s - looked_at_s < _LOOKED_AT_FOR_S:
                self._draw(self.dashboards[name])

    def _record(self) -> None:
        """Record what rules record, as seldom as they say: alerts add these values up."""
        for rule in self._rules:
            if "record" in rule:
                labels = tuple(rule.get("labels", {}).items())
                answer = self._queries[rule["expr"]].ask(self._samples)
                recorded = {tuple(sorted((*key, *labels))): value for key, value in answer.items()}
                self._samples.record({rule["record"]: recorded})

    @property
    def measured_at_s(self) -> float | None:
        """When the newest samples were taken; None before the first."""
        return self._samples.times_s[-1] if self._samples.times_s else None

    def lines(self, dashboard: str, panel: Panel) -> list[Line]:
        """The lines of a panel, the largest value first."""
        drawn = self._drawn.get(dashboard, {})
        lines = [
            Line(words, values[-1], list(values))
            for (title, words), values in drawn.items()
            if title == panel.title and not math.isnan(values[-1])
        ]
        return sorted(lines, key=lambda line: (-line.value, line.words))

    def holding(self) -> list[Holding]:
        """The alerts about services whose conditions hold now."""
        return [
            Holding(
                rule["alert"],
                _filled(rule["annotations"]["summary"], labels, value),
                rule["labels"]["severity"],
                Path(rule["annotations"]["runbook"]).stem,
                rule.get("for", "0s"),
            )
            for rule in self._rules
            if "alert" in rule
            for labels, value in self._queries[rule["expr"]].ask(self._samples).items()
        ]

    def _read(self, texts: Sequence[str | None]) -> dict[str, Vector]:
        said: dict[str, Vector] = {"up": {}}
        for process, text in zip(self._targets, texts, strict=True):
            about = (("instance", process), ("job", "nagorik"))
            said["up"][about] = 0.0 if text is None else 1.0
            for name, labels, value in read_metrics(text or "", self._names):
                key = tuple(sorted((*labels, *about)))
                said.setdefault(name, {})[key] = value
        return said

    def _draw(self, dashboard: Dashboard) -> None:
        drawn = self._drawn.setdefault(dashboard.name, {})
        longest = max(map(len, drawn.values()), default=0)
        for values in drawn.values():
            values.append(math.nan)
        for panel in dashboard.panels:
            for legend, text in panel.show.items():
                for labels, value in self._queries[text].ask(self._samples).items():
                    key = panel.title, _legend(legend, labels)
                    new = deque([math.nan] * (longest + 1), maxlen=_POINTS)
                    drawn.setdefault(key, new)[-1] = value

    def _texts(self) -> Iterator[str]:
        for dashboard in self.dashboards.values():
            for panel in dashboard.panels:
                yield from panel.show.values()
        for rule in self._rules:
            yield rule["expr"]


def _rules(checkout: Path) -> Iterator[dict[str, Any]]:
    """The rules about our services: nothing here measures brokers and databases."""
    text = (checkout / RULES["alerts"]).read_text(encoding="utf-8")
    for group in yaml.load(text, Loader=yaml.CSafeLoader)["groups"]:
        yield from ({"interval": group["interval"], **rule} for rule in group["rules"])


async def _fetched(http: aiohttp.ClientSession, address: str) -> str | None:
    try:
        async with http.get(address) as response:
            return await response.text() if response.status == 200 else None
    except (aiohttp.ClientError, TimeoutError):
        return None


def _legend(words: str, labels: Labels) -> str:
    known = dict(labels)
    return _LEGEND.sub(lambda found: known.get(found[1], ""), words)


def _filled(summary: str, labels: Labels, value: float) -> str:
    known = dict(labels)
    text = _LABEL.sub(lambda found: known.get(found[1], ""), summary)
    return text.replace("{{ $value }}", f"{value:g}")
