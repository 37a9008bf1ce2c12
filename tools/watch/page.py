"""The figures of a platform as a page without a script."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Final

from markdown_it import MarkdownIt

from libs.bangladesh.calendar import DHAKA
from tools.watch.panels import Panel, Unit
from tools.watch.runbooks import runbooks, with_links
from tools.watch.watch import EVERY_S, Line, Watch

HEADERS: Final = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
_MOST_LINES: Final = 12
_WIDTH, _HEIGHT = 120, 20
_HEAD: Final = """\
<!doctype html><html lang="en"><meta charset="utf-8">{refresh}<title>{title}</title>
<style>
body {{ font: 14px sans-serif; margin: 1em }}
nav a {{ margin-right: 1em }}
.panels {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(25em, 1fr)); gap: 1em }}
section {{ border: 1px solid #999; padding: .5em 1em }}
h2 {{ font-size: 1.1em; margin: 0 }} h2 a {{ font-size: .8em; font-weight: normal; float: right }}
p {{ margin: .3em 0 }} .about {{ color: #555 }} .page {{ color: #a00; font-weight: bold }}
table {{ border-collapse: collapse; width: 100% }}
td {{ padding: 0 .5em 0 0; overflow-wrap: anywhere }}
td.value {{ text-align: right; white-space: nowrap }}
pre {{ overflow-x: auto; background: #eee }}
polyline {{ fill: none; stroke: #00704a }}
</style>
<nav>{links}</nav><h1>{title}</h1>
"""


def figures(watch: Watch, name: str) -> str:
    """Return the page of a dashboard.

    Raises:
        LookupError: there is no such dashboard.
    """
    dashboard = watch.look(name)
    head = _head(
        watch, dashboard.title, refresh=f'<meta http-equiv="refresh" content="{EVERY_S:g}">'
    )
    if watch.measured_at_s is None:
        return f"{head}<p>The processes are asked for the first time; a moment."
    at = datetime.fromtimestamp(watch.measured_at_s, DHAKA)
    about = (
        f"<p>Measured at {at:%H:%M:%S}, every {EVERY_S:g} s while somebody looks. Rates and sums "
        "are over what was measured since, for a quarter of an hour at most."
    )
    panels = "".join(_panel(panel, watch.lines(name, panel)) for panel in dashboard.panels)
    return f'{head}{about}{"".join(_holding(watch))}<div class="panels">{panels}</div>'


def runbook(watch: Watch, name: str) -> str:
    """Return the page of a runbook.

    Raises:
        LookupError: there is no such runbook.
    """
    text = with_links(runbooks()[name], lambda other: f"/runbooks/{other}")
    body = str(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
    return _head(watch, name, refresh="") + body.replace("h1>", "h2>")


def _head(watch: Watch, title: str, *, refresh: str) -> str:
    links = "".join(
        f'<a href="/{name}">{escape(dashboard.title)}</a>'
        for name, dashboard in watch.dashboards.items()
    )
    return _HEAD.format(title=escape(title), links=links, refresh=refresh)


def _holding(watch: Watch) -> Iterator[str]:
    alerts = watch.holding()
    if not alerts:
        yield "<p>No condition of an alert holds."
    for alert in alerts:
        yield (
            f'<p class="{alert.severity}">{escape(alert.name)} ({alert.severity}, after '
            f"{alert.after}): {escape(alert.summary)}. "
            f'<a href="/runbooks/{alert.runbook}">{alert.runbook}</a>'
        )


def _panel(panel: Panel, lines: Sequence[Line]) -> str:
    rows = "".join(_row(line, panel.unit) for line in lines[:_MOST_LINES])
    more = f"<p>… and {len(lines) - _MOST_LINES} more" if len(lines) > _MOST_LINES else ""
    body = f"<table>{rows}</table>{more}" if lines else "<p>Nothing."
    return (
        f'<section><h2><a href="/runbooks/{panel.runbook}">runbook</a>{escape(panel.title)}</h2>'
        f'<p class="about">{escape(panel.about)}</p>{body}</section>'
    )


def _row(line: Line, unit: Unit) -> str:
    return (
        f"<tr><td>{escape(line.words)}<td>{_curve(line.before)}"
        f'<td class="value">{shown(line.value, unit)}'
    )


def _curve(values: Sequence[float]) -> str:
    known = [value for value in values if math.isfinite(value)]
    if len(known) < 2:
        return ""
    most, step = max(known) or 1.0, _WIDTH / (len(values) - 1)
    points = " ".join(
        f"{at * step:.0f},{_HEIGHT - 1 - value / most * (_HEIGHT - 2):.1f}"
        for at, value in enumerate(values)
        if math.isfinite(value)
    )
    return f'<svg width="{_WIDTH}" height="{_HEIGHT}"><polyline points="{points}"/></svg>'


def shown(value: float, unit: Unit) -> str:
    """Return a value with its unit."""
    match unit:
        case "s":
            return _seconds(value)
        case "percentunit":
            return f"{value:.1%}"
        case "bytes" | "Bps":
            return f"{value / 1e6:,.1f} MB" + ("/s" if unit == "Bps" else "")
        case "ops" | "reqps":
            return f"{value:,.2f}/s"
        case "none" | "short":
            return f"{value:,.4g}"


def _seconds(value: float) -> str:
    if value < 1:
        return f"{value * 1000:,.1f} ms"
    return f"{value:,.1f} s" if value < 600 else f"{value / 3600:,.1f} h"
