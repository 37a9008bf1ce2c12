"""The access lists of a real cluster."""

import yaml
from typer.testing import CliRunner

from libs.contracts.topics import OWN_ADAPTER, READING_SERVICES, dead_letter_topic, topics_by_name
from tests.deploy.manifests import Document, of_kind
from tools.commands.root import make_app


def _allowed(user: Document, operation: str) -> set[str]:
    return {
        line["resource"]["name"]
        for line in user["spec"]["authorization"]["acls"]
        if line["resource"]["type"] == "topic" and operation in line["operations"]
    }


def _who(operation: str) -> dict[str, set[str]]:
    """Return the users that may do this with a topic, by topic."""
    found: dict[str, set[str]] = {}
    for user in of_kind("KafkaUser"):
        for topic in _allowed(user, operation):
            found.setdefault(topic, set()).add(user["metadata"]["name"])
    return found


def test_topics_are_read_by_their_readers_alone() -> None:
    """Only the services that the map names can read a topic, and a writer that takes it up.

    A ministry's own adapter has a user that is made apart.
    """
    readers = _who("Read")
    assert readers == {
        name: users
        for name, topic in topics_by_name().items()
        if (users := {*topic.readers, *([topic.writer] if topic.taken_up else [])} - {OWN_ADAPTER})
    }


def test_topics_are_written_by_their_writer_alone() -> None:
    """A topic has one writer; a dead-letter topic that of its service."""
    wanted = {
        name: {topic.writer}
        for name, topic in topics_by_name().items()
        if topic.writer != OWN_ADAPTER
    }
    wanted |= {dead_letter_topic(service): {service} for service in READING_SERVICES}
    assert _who("Write") == wanted


def test_no_topic_is_granted_by_prefix() -> None:
    """`ministries.` is also the prefix of a dead-letter topic."""
    by_prefix = [
        line["resource"]["name"]
        for user in of_kind("KafkaUser")
        for line in user["spec"]["authorization"]["acls"]
        if line["resource"]["type"] == "topic" and line["resource"]["patternType"] == "prefix"
    ]
    assert by_prefix == []


def test_the_user_that_makes_topics_cannot_read_them() -> None:
    """Nor write them."""
    (operators,) = [u for u in of_kind("KafkaUser") if u["metadata"]["name"] == "operators"]
    assert not _allowed(operators, "Read") | _allowed(operators, "Write")
    assert _allowed(operators, "Create") == {"*"}


def test_a_ministrys_user_is_printed() -> None:
    """`topics user` derives it from the map."""
    printed = CliRunner().invoke(make_app(), ["topics", "user", "mopa"])
    (user,) = [document for document in yaml.safe_load_all(printed.stdout) if document]
    assert user["metadata"]["name"] == "ministry-mopa"
    assert _allowed(user, "Read") == {"submissions.mopa.v1"}
    assert _allowed(user, "Write") == {"ministries.mopa.v1"}


def test_an_unknown_ministry_has_no_user() -> None:
    """The status is 2."""
    assert CliRunner().invoke(make_app(), ["topics", "user", "mopaa"]).exit_code == 2
