from pathlib import Path

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


def test_every_event_has_a_schema_without_what_travels_in_headers() -> None:
    """The value's schema does not ask for the id and the time, which are headers."""
    documents = contract_documents()
    for topic in TOPICS:
        for event_class in topic.events:
            schema = documents[event_file(topic, event_class)]
            assert schema["title"] == event_class.__name__
            assert not {"event_id", "occurred_at"} & set(schema["properties"])
            assert topic.key in schema["required"]


def test_fields_without_default_are_required() -> None:
    """What every record has is said to be there."""
    schema = event_schema(IDENTITY, ContactChanged)
    assert schema["required"] == ["citizen_id", "phone", "language"]


def test_what_is_exported_twice_is_the_same_to_the_byte(tmp_path: Path) -> None:
    """A second export changes no file, so a changed file is a changed contract."""
    export(tmp_path, contract_documents())
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.json")}
    export(tmp_path, contract_documents())
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.json")} == before


def test_schema_of_an_event_that_is_no_more_is_removed(tmp_path: Path) -> None:
    """The folder holds what the map holds, nothing older."""
    old = tmp_path / "events" / "gone.v1.something_happened.json"
    old.parent.mkdir()
    old.write_text("{}")
    export(tmp_path, contract_documents())
    assert not old.exists()


@pytest.mark.parametrize("name", sorted(contract_documents()))
def test_committed_document_says_what_the_code_says(name: str) -> None:
    """`contracts export` was run after the last change of a contract."""
    assert (SCHEMAS / name).read_text(encoding="utf-8") == as_text(contract_documents()[name])


def test_the_map_for_deployments_is_the_map() -> None:
    """`deploy/topics.json` and the exported map are one."""
    deployed = SCHEMAS.parents[2] / "deploy" / "topics.json"
    assert deployed.read_text(encoding="utf-8") == (SCHEMAS / "topics.json").read_text("utf-8")
