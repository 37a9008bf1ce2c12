"""What each service hears and says, written into its README from the map of topics."""

from collections.abc import Iterator
from pathlib import Path

from libs.contracts.topics import (
    DEAD_LETTER_RETENTION_MS,
    READING_SERVICES,
    TOPICS,
    Topic,
    dead_letter_topic,
    in_words,
)

SERVICES_FOLDER = Path(__file__).parents[1] / "services"
BEGIN = "<!-- map:begin -->"
END = "<!-- map:end -->"

_HEAD = ("| | topic | with | events | kept |", "| --- | --- | --- | --- | --- |")
_NOTHING = "Hears and says no topic."


class NoMapBlock(Exception):
    """A README has no place for the map: it needs `<!-- map:begin -->` and `<!-- map:end -->`."""


def render_map(service: str) -> str:
    """The table of the topics that a service hears and says, as Markdown.

    Args:
        service: its name.
    """
    rows = [*_heard(service), *_said(service)]
    return "\n".join([*_HEAD, *rows] if rows else [_NOTHING])


def with_map(readme: str, service: str) -> str:
    """A README with the table of its service in the marked place.

    Raises:
        NoMapBlock: the README has no such place, or more than one.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in after:
        raise NoMapBlock(f"the README of {service} wants {BEGIN} and {END} once each")
    return f"{before}{BEGIN}\n{render_map(service)}\n{END}{after}"


def readmes(folder: Path = SERVICES_FOLDER) -> dict[str, Path]:
    """The README of every service that the map or a README of its own names."""
    named = {topic.writer for topic in TOPICS}.union(*(topic.readers for topic in TOPICS))
    found = {readme.parent.name for readme in folder.glob("*/README.md")}
    return {service: folder / service / "README.md" for service in sorted(named | found)}


def write_readmes(folder: Path = SERVICES_FOLDER) -> list[Path]:
    """Write the tables anew, and return the files that changed.

    Raises:
        NoMapBlock: a README has no place for its table.
        FileNotFoundError: a service of the map has no README.
    """
    changed: list[Path] = []
    for service, readme in readmes(folder).items():
        before = readme.read_text(encoding="utf-8")
        after = with_map(before, service)
        if after != before:
            readme.write_text(after, encoding="utf-8")
            changed.append(readme)
    return changed


def _heard(service: str) -> Iterator[str]:
    for topic in TOPICS:
        if service in topic.readers:
            yield _row("hears", topic, f"from {topic.writer}")


def _said(service: str) -> Iterator[str]:
    for topic in TOPICS:
        if topic.writer == service:
            yield _row("says", topic, f"to {', '.join(topic.readers)}")
    if service in READING_SERVICES:
        kept = in_words(DEAD_LETTER_RETENTION_MS)
        letters = f"`{dead_letter_topic(service)}`"
        what = "records it could not process, and why"
        yield f"| says | {letters} | to its operators | {what} | {kept} |"


def _row(verb: str, topic: Topic, others: str) -> str:
    kinds = ", ".join(f"`{event.type}`" for event in topic.events)
    name = f"`{topic.name}`" + (" (restricted)" if topic.restricted else "")
    return f"| {verb} | {name} | {others} | {kinds} | {topic.kept} |"
