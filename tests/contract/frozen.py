"""The frozen samples: a record per event and version."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libs.contracts.events import Event
from libs.contracts.export import slug_of
from libs.contracts.topics import TOPICS, Topic

SAMPLES = Path(__file__).parent / "samples"


@dataclass(frozen=True)
class Sample:
    """One record as it was written."""

    file: Path
    topic: Topic
    name: str
    key: bytes
    headers: list[tuple[str, bytes]]
    fields: dict[str, Any]

    @property
    def value(self) -> bytes:
        return json.dumps(self.fields, ensure_ascii=False).encode()

    @property
    def event_class(self) -> type[Event]:
        kind = self.file.name.split(".")[0]
        return next(event for event in self.topic.events if event.type == kind)

    def header(self, name: str) -> str:
        return dict(self.headers)[name].decode()


def samples() -> list[Sample]:
    """Every frozen sample, in the order of the map."""
    return [
        _read(topic, file)
        for topic in TOPICS
        for file in sorted((SAMPLES / slug_of(topic)).glob("*.json"))
    ]


def _read(topic: Topic, file: Path) -> Sample:
    kept = json.loads(file.read_text(encoding="utf-8"))
    headers = [(name, value.encode()) for name, value in kept["headers"].items()]
    return Sample(file, topic, kept["topic"], kept["key"].encode(), headers, kept["value"])


def is_within(frozen: Any, written: Any) -> bool:
    """Whether all of a frozen value is written; what came later with a default does not count."""
    match frozen:
        case dict():
            return isinstance(written, dict) and all(
                name in written and is_within(value, written[name])
                for name, value in frozen.items()
            )
        case list():
            return (
                isinstance(written, list)
                and len(frozen) == len(written)
                and all(map(is_within, frozen, written))
            )
        case _:
            return bool(frozen == written)
