"""Exports the contracts as documents for any language: the map, and a JSON Schema per event.

The export of unchanged code is unchanged, so every change of a contract is a changed file that is
reviewed.
"""

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from libs.bangladesh.bodies import bodies
from libs.contracts.applications import SubmissionAppealed
from libs.contracts.bounds import LIMITS_OF_EVERY_VALUE
from libs.contracts.events import ENVELOPE_FIELDS, Event
from libs.contracts.json_schema import SchemasWithoutTitles
from libs.contracts.topics import (
    DEAD_LETTER_RETENTION_MS,
    DESK,
    HOSTED,
    READING_SERVICES,
    TOPICS,
    Topic,
    dead_letter_topic,
    topics_of,
)

Document = dict[str, Any]

SCHEMAS = Path(__file__).parent / "schemas"
TOPICS_FILE = "topics.json"
_LINE = 100


# What only our desk was sent at first has kept its file, which the hosted adapter shares.
_FIRST_AT_DESK: Final = (SubmissionAppealed,)


def slug_of(topic: Topic) -> str:
    """Return a topic's name without the ministry: `submissions.v1`."""
    return topic.name.replace(".<ministry>", "")


def event_file(topic: Topic, event_class: type[Event]) -> str:
    """Return the path of an event's schema: `events/<topic>.<event type>.json`.

    An event of our desk, or a paper of a ministry's own adapter, which nobody outside reads, has
    that of the hosted adapter: it is the same class with the same limits. What only our desk is
    sent has one of its own.
    """
    slug = slug_of(topic)
    if event_class in _FIRST_AT_DESK and topic.served_by == HOSTED:
        return f"events/{slug.replace(f'.{HOSTED}.', f'.{DESK}.')}.{event_class.type}.json"
    if _has_that_of_hosted(topic, event_class):
        slug = slug.replace(f".{topic.served_by}.", f".{HOSTED}.")
    return f"events/{slug}.{event_class.type}.json"


def event_schema(topic: Topic, event_class: type[Event]) -> Document:
    """Return the JSON Schema of an event's value; id and time are in the headers."""
    schema = event_class.model_json_schema(schema_generator=SchemasWithoutTitles)
    properties = {
        name: field for name, field in schema["properties"].items() if name not in ENVELOPE_FIELDS
    }
    required = [name for name in schema.get("required", []) if name not in ENVELOPE_FIELDS]
    about = inspect.getdoc(event_class) or ""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:nagorik:event:{slug_of(topic)}:{event_class.type}",
        **schema,
        "description": f"{about} {limits_in_words(topic)}",
        "properties": properties,
        "required": required,
    }


def _has_that_of_hosted(topic: Topic, event_class: type[Event]) -> bool:
    """Whether an event is described with the same one of the hosted adapter."""
    if topic.served_by == DESK:
        return not _is_of_desk_only(topic, event_class)
    return topic.served_by == "own" and not topic.per_ministry


def _is_of_desk_only(topic: Topic, event_class: type[Event]) -> bool:
    """Whether an event goes to our desk and to no adapter of a ministry, or did at first."""
    if event_class in _FIRST_AT_DESK:
        return True
    others = (each for each in topics_of(event_class) if each is not topic)
    return not any(others)


def limits_in_words(topic: Topic) -> str:
    """The limits of a topic's values that JSON Schema cannot state."""
    limits = "; ".join(LIMITS_OF_EVERY_VALUE.values())
    return f"Limits beside this schema: at most {topic.largest_bytes} bytes; {limits}."


def topics_document() -> Document:
    """Return the map: writer, readers, key, partitions and retention of each topic."""
    return {
        "topics": [_topic(topic) for topic in TOPICS],
        "dead_letter_topics": {
            service: dead_letter_topic(service) for service in sorted(READING_SERVICES)
        },
        "dead_letter_retention_ms": DEAD_LETTER_RETENTION_MS,
        "ministries": [body.body_id for body in bodies()],
    }


def contract_documents() -> dict[str, Document]:
    """Return all documents that derive from the map alone, by file name."""
    events = {
        event_file(topic, event_class): event_schema(topic, event_class)
        for topic in TOPICS
        for event_class in topic.events
        if not _has_that_of_hosted(topic, event_class)
    }
    return {TOPICS_FILE: topics_document(), **events}


def export(folder: Path, documents: Mapping[str, Document]) -> list[Path]:
    """Write documents to a folder, and delete schemas of events that were removed."""
    for old in folder.glob("events/*.json"):
        if old.relative_to(folder).as_posix() not in documents:
            old.unlink()
    written: list[Path] = []
    for name, document in sorted(documents.items()):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(as_text(document), encoding="utf-8")
        written.append(file)
    return written


def exported(folder: Path) -> dict[str, Document]:
    """Read the files of `export`, by name."""
    return {
        file.relative_to(folder).as_posix(): orjson.loads(file.read_bytes())
        for file in sorted(folder.rglob("*.json"))
    }


def as_text(document: Document) -> str:
    """Return a document as JSON with sorted keys and unescaped Bangla.

    What fits on a line stands on it, so that a changed parameter or field is one changed line.
    """
    return f"{_laid_out(document, '')}\n"


def _laid_out(value: Any, indent: str) -> str:
    on_one_line = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(indent) + len(on_one_line) <= _LINE or not value or not isinstance(value, dict | list):
        return on_one_line
    deeper = f"{indent}  "
    if isinstance(value, dict):
        begin, end = "{}"
        lines = [f"{json.dumps(name)}: {_laid_out(value[name], deeper)}" for name in sorted(value)]
    else:
        begin, end = "[]"
        lines = [_laid_out(item, deeper) for item in value]
    between = f",\n{deeper}"
    return f"{begin}\n{deeper}{between.join(lines)}\n{indent}{end}"


def _topic(topic: Topic) -> Document:
    return {
        "name": topic.name,
        "writer": topic.writer,
        "readers": list(topic.readers),
        "key": topic.key,
        "events": [event_class.type for event_class in topic.events],
        "partitions": topic.partitions,
        "retention_ms": None if topic.compacted else topic.retention_ms,
        "compacted": topic.compacted,
        "restricted": topic.restricted,
        "ordered": topic.ordered,
        "per_ministry": topic.per_ministry,
        "largest_bytes": topic.largest_bytes,
        "largest_batch_bytes": topic.largest_batch_bytes,
    }
