"""The contracts as documents that any language can read: the map and a JSON Schema per event.

What is written is the same for the same code, so that a change of a contract is a change of a
committed file that someone reads.
"""

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from libs.bangladesh.bodies import bodies
from libs.contracts.events import ENVELOPE_FIELDS, Event
from libs.contracts.topics import (
    DEAD_LETTER_RETENTION_MS,
    READING_SERVICES,
    TOPICS,
    Topic,
    dead_letter_topic,
)

Document = dict[str, Any]

SCHEMAS = Path(__file__).parent / "schemas"
TOPICS_FILE = "topics.json"
OPERATIONS = "operations"  # folder with the public operations of each service


def slug_of(topic: Topic) -> str:
    """A topic's name without the place for the ministry: `submissions.v1`."""
    return topic.name.replace(".<ministry>", "")


def event_file(topic: Topic, event_class: type[Event]) -> str:
    """Where an event's schema stands below the folder: `events/<topic>.<event type>.json`."""
    return f"events/{slug_of(topic)}.{event_class.type}.json"


def event_schema(topic: Topic, event_class: type[Event]) -> Document:
    """JSON Schema of the value that carries an event; its id and time travel in headers."""
    schema = event_class.model_json_schema()
    properties = {
        name: field for name, field in schema["properties"].items() if name not in ENVELOPE_FIELDS
    }
    required = [name for name in schema.get("required", []) if name not in ENVELOPE_FIELDS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:nagorik:event:{slug_of(topic)}:{event_class.type}",
        **schema,
        "description": inspect.getdoc(event_class) or "",
        "properties": properties,
        "required": required,
    }


def topics_document() -> Document:
    """The map: each topic's writer, readers, key, partitions and how long it keeps what."""
    return {
        "topics": [_topic(topic) for topic in TOPICS],
        "dead_letter_topics": {
            service: dead_letter_topic(service) for service in sorted(READING_SERVICES)
        },
        "dead_letter_retention_ms": DEAD_LETTER_RETENTION_MS,
        "ministries": [body.body_id for body in bodies()],
    }


def contract_documents() -> dict[str, Document]:
    """Every document that follows from the map alone, by its file name."""
    events = {
        event_file(topic, event_class): event_schema(topic, event_class)
        for topic in TOPICS
        for event_class in topic.events
    }
    return {TOPICS_FILE: topics_document(), **events}


def export(folder: Path, documents: Mapping[str, Document]) -> list[Path]:
    """Write documents below a folder; remove events and services that are no more."""
    for old in [*folder.glob("events/*.json"), *folder.glob(f"{OPERATIONS}/*.json")]:
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
    """Read what `export` wrote, by file name."""
    return {
        file.relative_to(folder).as_posix(): json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(folder.rglob("*.json"))
    }


def as_text(document: Document) -> str:
    """A document as it is committed: keys in order, Bangla as it is read."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


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
    }
