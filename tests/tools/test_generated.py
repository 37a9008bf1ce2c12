"""The table of topics in a README."""

from pathlib import Path

import pytest

from tools.generated import BEGIN, END, NoMapBlock, render_map, with_map, write_readmes


def test_a_table_names_what_is_heard_and_said_and_whom_it_concerns() -> None:
    """A reader sees from which service each topic comes, and to which ones it goes."""
    table = render_map("ministries")
    assert "| hears | `submissions.<ministry>.v1` (restricted) | from applications |" in table
    assert "| says | `ministries.<ministry>.v1` | to applications |" in table
    assert "`ministry_decided`" in table
    assert "| says | `ministries.deadletter.v1` | to its operators |" in table


def test_a_table_says_how_long_each_topic_keeps_what() -> None:
    """Retention and compaction stand beside each topic, dead letters included."""
    kept = {
        line.split("`")[1]: line.split(" | ")[-1]
        for line in render_map("notifications").splitlines()[2:]
    }
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
    assert render_map("sandbox") == "Hears and says no topic."


def test_only_the_marked_place_changes() -> None:
    """What people wrote around the table stays as it is, and writing twice changes nothing."""
    readme = f"# gateway\n\n{BEGIN}\nold\n{END}\n\nWhat it promises.\n"
    written = with_map(readme, "gateway")
    assert written.startswith(f"# gateway\n\n{BEGIN}\n| | topic |")
    assert written.endswith(f"\n{END}\n\nWhat it promises.\n")
    assert "old" not in written
    assert with_map(written, "gateway") == written


@pytest.mark.parametrize(
    "readme", ["# gateway", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"]
)
def test_a_readme_without_a_place_is_refused(readme: str) -> None:
    """A table that nobody placed is not put anywhere."""
    with pytest.raises(NoMapBlock, match="gateway"):
        with_map(readme, "gateway")


def test_every_service_of_the_map_needs_a_readme(tmp_path: Path) -> None:
    """A service that the map names and that has no README is found when the tables are written."""
    with pytest.raises(FileNotFoundError):
        write_readmes(tmp_path)
