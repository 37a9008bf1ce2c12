"""The table of topics in a service's README."""

from tools.generate.readmes import topics_table


def test_a_table_names_topics_and_who_is_at_the_other_end() -> None:
    """A reader sees from which service each topic comes, and to which ones it goes."""
    table = "\n".join(topics_table("ministries"))
    assert "| reads | `submissions.<ministry>.v1` (restricted) | from applications |" in table
    assert "| writes | `ministries.<ministry>.v1` | to applications |" in table
    assert "`ministry_decided`" in table
    assert "| writes | `ministries.deadletter.v1` | to its operators |" in table


def test_a_table_says_how_long_each_topic_keeps_records() -> None:
    """Retention and compaction stand beside each topic, dead letters included."""
    kept = {line.split("`")[1]: line.split(" | ")[-1] for line in topics_table("notifications")[2:]}
    assert kept == {
        "catalogue.v1": "newest of each key |",
        "identity.v1": "30 days |",
        "messages.v1": "1 h |",
        "applications.v1": "30 days |",
        "notifications.v1": "30 days |",
        "notifications.deadletter.v1": "90 days |",
    }


def test_a_service_without_topics_says_so() -> None:
    """An empty table would look like a mistake."""
    assert topics_table("sandbox") == ["Reads and writes no topic."]
