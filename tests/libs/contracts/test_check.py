import copy
from typing import Any

import pytest

from libs.contracts.check import breaking_changes, out_of_date
from libs.contracts.export import contract_documents

NOW = contract_documents()
SUBMISSION_MADE = "events/submissions.v1.submission_made.json"


def changed() -> dict[str, dict[str, Any]]:
    return copy.deepcopy(NOW)


def test_unchanged_contracts_pass() -> None:
    """The code is compatible with itself."""
    assert breaking_changes(NOW, changed()) == []
    assert out_of_date(NOW, changed()) == []


def test_a_removed_event_is_reported() -> None:
    """Its readers wait for it."""
    later = changed()
    del later[SUBMISSION_MADE]
    assert breaking_changes(NOW, later) == ["event submissions.v1.submission_made is gone"]


def test_a_removed_field_is_reported_with_its_event() -> None:
    """The finding names event and field."""
    later = changed()
    del later[SUBMISSION_MADE]["properties"]["form_version"]
    assert breaking_changes(NOW, later) == [
        "event submissions.v1.submission_made /form_version: the field is gone"
    ]


def test_a_new_event_or_field_with_a_default_passes_but_must_be_exported() -> None:
    """An addition is allowed; the committed documents follow it."""
    later = changed()
    later[SUBMISSION_MADE]["properties"]["channel"] = {"type": "string", "default": "web"}
    later["events/submissions.v1.submission_viewed.json"] = {"type": "object"}
    assert breaking_changes(NOW, later) == []
    assert out_of_date(NOW, later) == [
        SUBMISSION_MADE,
        "events/submissions.v1.submission_viewed.json",
    ]


@pytest.mark.parametrize(
    ("word", "value", "sentence"),
    [
        ("key", "citizen_id", "topic applications.v1: key was application_id and is citizen_id"),
        ("writer", "catalogue", "topic applications.v1: writer was applications and is catalogue"),
        ("compacted", True, "topic applications.v1: compacted was False and is True"),
        ("partitions", 3, "topic applications.v1: 6 partitions cannot become 3"),
        ("largest_bytes", 7, "topic applications.v1: largest_bytes has fallen to 7"),
    ],
)
def test_a_changed_topic_is_reported(word: str, value: object, sentence: str) -> None:
    """Key, writer and compaction must not change; partitions must not become fewer."""
    later = changed()
    topic = next(
        each for each in later["topics.json"]["topics"] if each["name"] == "applications.v1"
    )
    topic[word] = value
    assert breaking_changes(NOW, later) == [sentence]


def test_more_partitions_are_allowed() -> None:
    """The number of partitions may grow."""
    later = changed()
    later["topics.json"]["topics"][0]["partitions"] += 1
    assert breaking_changes(NOW, later) == []


def test_a_removed_or_renamed_topic_is_reported() -> None:
    """Its readers would wait for ever."""
    later = changed()
    later["topics.json"]["topics"][0]["name"] = "catalogue.v2"
    assert breaking_changes(NOW, later) == ["topic catalogue.v1 is gone"]


def test_a_removed_ministry_is_reported() -> None:
    """Its topics would be removed, too."""
    later = changed()
    later["topics.json"]["ministries"].remove("mopa")
    assert breaking_changes(NOW, later) == ["the topics of mopa are gone"]


def test_personal_data_stays_restricted() -> None:
    """A restricted topic must stay restricted."""
    later = changed()
    topic = next(each for each in later["topics.json"]["topics"] if each["restricted"])
    topic["restricted"] = False
    assert breaking_changes(NOW, later) == [
        f"topic {topic['name']}: carries personal data and is no longer restricted"
    ]
