from pathlib import Path

import orjson
import pytest

from libs.contracts.export import (
    SCHEMAS,
    as_text,
    contract_documents,
    event_file,
    event_schema,
    export,
)
from libs.contracts.identity import ContactChanged
from libs.contracts.topics import IDENTITY, TOPICS


def test_the_schema_of_an_event_has_no_id_and_time() -> None:
    """They are in headers, not in the value."""
    documents = contract_documents()
    for topic in TOPICS:
        for event_class in topic.events:
            schema = documents[event_file(topic, event_class)]
            assert schema["title"] == event_class.__name__
            assert not {"event_id", "occurred_at"} & set(schema["properties"])
            assert topic.key in schema["required"]


def test_fields_without_default_are_required() -> None:
    """The schema lists the fields that every record has."""
    schema = event_schema(IDENTITY, ContactChanged)
    assert schema["required"] == ["citizen_id", "phone", "language"]


def test_an_export_is_the_same_every_time(tmp_path: Path) -> None:
    """A changed file is a changed contract."""
    export(tmp_path, contract_documents())
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.json")}
    export(tmp_path, contract_documents())
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.json")} == before


def test_the_schema_of_a_removed_event_is_deleted(tmp_path: Path) -> None:
    """The folder has the events of the map only."""
    old = tmp_path / "events" / "gone.v1.something_happened.json"
    old.parent.mkdir()
    old.write_text("{}")
    export(tmp_path, contract_documents())
    assert not old.exists()


@pytest.mark.parametrize("name", sorted(contract_documents()))
def test_committed_documents_are_up_to_date(name: str) -> None:
    """`contracts export` was run after the last change."""
    assert (SCHEMAS / name).read_text(encoding="utf-8") == as_text(contract_documents()[name])


@pytest.mark.parametrize("file", sorted(SCHEMAS.rglob("*.json")), ids=lambda file: file.name)
def test_a_changed_member_is_one_changed_line(file: Path) -> None:
    """Committed documents have what fits on a line on one line, and sorted keys."""
    text = file.read_text(encoding="utf-8")
    assert text == as_text(orjson.loads(text))


def test_what_fits_on_a_line_stands_on_it() -> None:
    """Only what is longer than a line of code is laid out, its members by name."""
    long = "x" * 90
    assert as_text({"b": {"type": ["string"]}, "a": long, "c": []}) == (
        f'{{\n  "a": "{long}",\n  "b": {{"type": ["string"]}},\n  "c": []\n}}\n'
    )
