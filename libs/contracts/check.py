"""Finds changes of the contracts that break readers or writers."""

from collections.abc import Iterator, Mapping
from typing import Any

from libs.contracts.compatible import breaks
from libs.contracts.export import TOPICS_FILE, Document
from libs.contracts.openapi_check import broken_operations

Documents = Mapping[str, Document]

OPENAPI_FILE = "openapi.json"


def breaking_changes(before: Documents, now: Documents) -> list[str]:
    """Describe how the code breaks the documents that were committed before.

    Only additions with a default are allowed within a version; anything else is a new version,
    written beside the old one until its last reader is gone.
    """
    return [
        *_broken_topics(before.get(TOPICS_FILE, {}), now.get(TOPICS_FILE, {})),
        *_broken_events(before, now),
        *broken_operations(before.get(OPENAPI_FILE, {}), now.get(OPENAPI_FILE, {})),
    ]


def out_of_date(before: Documents, now: Documents) -> list[str]:
    """Return the names of committed documents that differ from the code."""
    names = sorted(before.keys() | now.keys())
    return [name for name in names if before.get(name) != now.get(name)]


def _broken_topics(before: Document, now: Document) -> Iterator[str]:
    today = {topic["name"]: topic for topic in now.get("topics", ())}
    for topic in before.get("topics", ()):
        name = topic["name"]
        if name not in today:
            yield f"topic {name} is gone"
            continue
        yield from _broken_topic(topic, today[name])
    for ministry in before.get("ministries", ()):
        if ministry not in now.get("ministries", ()):
            yield f"the topics of {ministry} are gone"


def _broken_topic(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    name = old["name"]
    for word in ("writer", "key", "compacted"):
        if old[word] != new[word]:
            yield f"topic {name}: {word} was {old[word]} and is {new[word]}"
    for word in ("largest_bytes", "largest_batch_bytes"):
        if word in old and new[word] < old[word]:
            yield f"topic {name}: {word} has fallen to {new[word]}"
    if new["partitions"] < old["partitions"]:
        yield f"topic {name}: {old['partitions']} partitions cannot become {new['partitions']}"
    if old["restricted"] and not new["restricted"]:
        yield f"topic {name}: carries personal data and is no longer restricted"


def _broken_events(before: Documents, now: Documents) -> Iterator[str]:
    for name, old in before.items():
        if not name.startswith("events/"):
            continue
        event = name.removeprefix("events/").removesuffix(".json")
        if name not in now:
            yield f"event {event} is gone"
            continue
        for sentence in breaks(old, now[name]):
            yield f"event {event} {sentence}"
