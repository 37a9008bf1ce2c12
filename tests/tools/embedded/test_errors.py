from pathlib import Path

from tools.embedded.errors import LOG_TAIL_LINES, EmbeddedStackFailed


def test_failure_says_what_and_how_to_mend_it_and_shows_the_logs_end(folder: Path) -> None:
    """Whoever meets the failure needs no second look to know what to do."""
    log_path = folder / "server.log"
    log_path.write_text("\n".join(f"line {n}" for n in range(200)))
    failure = str(EmbeddedStackFailed("Kafka ended", mend="make room", log_path=log_path))
    assert failure.startswith("Kafka ended. To mend it: make room.")
    assert failure.endswith("line 199")
    assert f"line {199 - LOG_TAIL_LINES}\n" not in failure


def test_failure_without_a_log_says_so(folder: Path) -> None:
    """A server that wrote nothing is told apart from one whose log was not looked at."""
    failure = EmbeddedStackFailed("Kafka ended", mend="x", log_path=folder / "none.log")
    assert "no log was written" in str(failure)
