import copy
from typing import Any

import pytest

from libs.contracts.check import breaking_changes, out_of_date
from libs.contracts.export import contract_documents

NOW = contract_documents()
LODGED = "events/submissions.v1.submission_lodged.json"


def changed() -> dict[str, dict[str, Any]]:
    return copy.deepcopy(NOW)


def test_the_code_keeps_what_it_says_itself() -> None:
    """Unchanged contracts pass."""
    assert breaking_changes(NOW, changed()) == []
    assert out_of_date(NOW, changed()) == []


def test_an_event_that_is_gone_is_reported() -> None:
    """A reader still waits for it."""
    later = changed()
    del later[LODGED]
    assert breaking_changes(NOW, later) == ["event submissions.v1.submission_lodged is gone"]


def test_a_field_that_is_gone_is_reported_with_its_event() -> None:
    """The sentence names event and field."""
    later = changed()
    del later[LODGED]["properties"]["form_version"]
    assert breaking_changes(NOW, later) == [
        "event submissions.v1.submission_lodged /form_version: the field is gone"
    ]


def test_a_new_event_or_field_with_a_default_passes_but_must_be_exported() -> None:
    """An addition is allowed; the committed documents follow it."""
    later = changed()
    later[LODGED]["properties"]["channel"] = {"type": "string", "default": "web"}
    later["events/submissions.v1.submission_viewed.json"] = {"type": "object"}
    assert breaking_changes(NOW, later) == []
    assert out_of_date(NOW, later) == [LODGED, "events/submissions.v1.submission_viewed.json"]


@pytest.mark.parametrize(
    ("word", "value", "sentence"),
    [
        ("key", "citizen_id", "topic applications.v1: key was application_id and is citizen_id"),
        ("writer", "catalogue", "topic applications.v1: writer was applications and is catalogue"),
        ("compacted", True, "topic applications.v1: compacted was False and is True"),
        ("partitions", 3, "topic applications.v1: 6 partitions cannot become 3"),
    ],
)
def test_a_changed_topic_is_reported(word: str, value: object, sentence: str) -> None:
    """Key, writer and compaction stay within a version; partitions never become fewer."""
    later = changed()
    topic = next(
        each for each in later["topics.json"]["topics"] if each["name"] == "applications.v1"
    )
    topic[word] = value
    assert breaking_changes(NOW, later) == [sentence]


def test_more_partitions_are_allowed() -> None:
    """A topic may grow."""
    later = changed()
    later["topics.json"]["topics"][0]["partitions"] += 1
    assert breaking_changes(NOW, later) == []


def test_a_topic_that_is_gone_or_renamed_is_reported() -> None:
    """Its readers would wait for ever."""
    later = changed()
    later["topics.json"]["topics"][0]["name"] = "catalogue.v2"
    assert breaking_changes(NOW, later) == ["topic catalogue.v1 is gone"]


def test_a_ministry_that_is_gone_is_reported() -> None:
    """With the ministry go its topics, and what is in them."""
    later = changed()
    later["topics.json"]["ministries"].remove("mopa")
    assert breaking_changes(NOW, later) == ["the topics of mopa are gone"]


def test_personal_data_stays_restricted() -> None:
    """A restricted topic cannot quietly be opened to all."""
    later = changed()
    topic = next(each for each in later["topics.json"]["topics"] if each["restricted"])
    topic["restricted"] = False
    assert breaking_changes(NOW, later) == [
        f"topic {topic['name']}: carries personal data and is no longer restricted"
    ]
