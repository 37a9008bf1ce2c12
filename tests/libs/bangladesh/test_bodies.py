"""The bodies of the government are complete, and their ids can be part of topic names."""

import re
from collections import Counter

from libs.bangladesh.bodies import bodies, bodies_by_id


def test_all_bodies_are_there_once() -> None:
    """39 ministries, 23 ministry divisions and 5 offices."""
    kinds = Counter(body.kind for body in bodies())
    assert kinds == {"ministry": 39, "ministry_division": 23, "office": 5}
    assert len(bodies_by_id()) == 67


def test_a_body_id_can_name_a_topic() -> None:
    """Ids have small letters, digits and hyphens: legal in Kafka, and without dots."""
    assert all(re.fullmatch("[a-z][a-z0-9-]{1,30}", body.body_id) for body in bodies())


def test_a_ministry_division_belongs_to_a_ministry() -> None:
    """Every parent exists; a ministry division's is a ministry, a ministry has none."""
    for body in bodies():
        parent = bodies_by_id()[body.parent] if body.parent else None
        if body.kind == "ministry_division":
            assert parent is not None
            assert parent.kind == "ministry"
        if body.kind == "ministry":
            assert parent is None


def test_a_document_code_names_one_body() -> None:
    """nothi_code, where known, is two digits and belongs to one body."""
    codes = [body.nothi_code for body in bodies() if body.nothi_code]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch("[0-9]{2}", code) for code in codes)


def test_every_body_is_named_in_both_languages() -> None:
    """No screen shows an empty name."""
    for body in bodies():
        assert body.name_en
        assert re.search("[\u0980-\u09ff]", body.name_bn)
        assert body.website.endswith(".bd")
