"""The table of topics in a service's README."""

from tools.generate.readmes import topics_table


def test_the_table_names_topics_with_readers_and_writers() -> None:
    """A topic has the service that writes it and those that read it."""
    table = "\n".join(topics_table("ministries"))
    assert "| reads | `submissions.<ministry>.v1` (restricted) | from applications |" in table
    assert "| writes | `ministries.<ministry>.v1` | to applications |" in table
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
