"""The tables of topics and capabilities in a service's README."""

from pathlib import Path

import pytest

from tools.generate.readmes import capabilities_table, topics_table


def test_the_table_names_topics_with_readers_and_writers() -> None:
    """A topic has the service that writes it and those that read it."""
    table = "\n".join(topics_table("ministries"))
    assert "| reads | `submissions.hosted.v1` (restricted) | from applications |" in table
    assert "| writes | `ministries.hosted.v1` | to applications |" in table
    assert "`ministry_decided`" in table
    assert "| writes | `ministries.deadletter.v1` | to its operators |" in table


def test_the_table_has_the_retention_of_each_topic() -> None:
    """Compaction and dead letters, too."""
    kept = {line.split("`")[1]: line.split(" | ")[-1] for line in topics_table("notifications")[2:]}
    assert kept == {
        "catalogue.v1": "newest of each key |",
        "identity.v1": "30 days |",
        "messages.v1": "1 h |",
        "revocations.v1": "1 h |",
        "erasures.v1": "30 days |",
        "erasures.notifications.v1": "30 days |",
        "applications.v1": "30 days |",
        "notifications.v1": "30 days |",
        "notifications.deadletter.v1": "90 days |",
    }


def test_a_service_without_topics_says_so() -> None:
    """An empty table would look like a mistake."""
    assert topics_table("sandbox") == ["Reads and writes no topic."]


def parks(checkout: Path, docstring: str) -> list[str]:
    """The rows of a service with one capability, one more file and one decision."""
    for path, text in {
        "services/parks/benches/__init__.py": docstring,
        "services/parks/map.py": "",
        "services/parks/migrations/0001_parks.sql": "",
        "docs/decisions/0007-benches.md": "",
    }.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text, encoding="utf-8")
    return capabilities_table(checkout, "services.parks")[2:]


def test_a_row_is_the_docstring_of_a_capability(tmp_path: Path) -> None:
    """All its lines, in one; the name leads to the capability's README, if it has one."""
    docstring = '"""Lists benches.\n\nOnly those\nin the shade.\n"""'
    assert parks(tmp_path, docstring) == [
        "| [`benches`](benches) | Lists benches. Only those in the shade. |"
    ]
    (tmp_path / "services/parks/benches/README.md").touch()
    (row,) = parks(tmp_path, docstring)
    assert row.startswith("| [`benches`](benches/README.md) |")


def test_a_decision_becomes_a_link(tmp_path: Path) -> None:
    """From the folder of a service."""
    (row,) = parks(tmp_path, '"""Lists benches (decision 7)."""')
    assert "Lists benches ([decision 7](../../docs/decisions/0007-benches.md))." in row


@pytest.mark.parametrize(
    ("docstring", "message"),
    [("", "a docstring must say"), ('"""Lists benches (decision 8)."""', "no decision 8")],
)
def test_what_is_missing_is_refused(tmp_path: Path, docstring: str, message: str) -> None:
    """A docstring, or a decision that it names; the error names the file."""
    with pytest.raises(LookupError, match=rf"benches/__init__\.py: .*{message}"):
        parks(tmp_path, docstring)
