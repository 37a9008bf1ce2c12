import io
import logging
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import structlog

from libs.errors import Refused
from libs.telemetry.logging import configure, failure_summary
from libs.trace_context import TraceContext, set_current

TRACE = TraceContext("00-" + "ab" * 16 + "-" + "cd" * 8 + "-01")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    made = io.StringIO()
    configure("test", "INFO", stream=made)
    yield made
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.basicConfig(force=True, level=logging.WARNING)


def fail(failure: Exception) -> None:
    raise failure


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def test_line_is_one_object_with_its_service_and_trace(stream: io.StringIO) -> None:
    """A line has the time, the service and the trace."""
    set_current(TRACE)
    try:
        structlog.get_logger().info("published", topic="a", records=3)
    finally:
        set_current(None)
    (line,) = lines(stream)
    assert line["trace_id"] == "ab" * 16
    assert (line["service"], line["level"], line["event"]) == ("test", "info", "published")
    assert (line["topic"], line["records"]) == ("a", 3)
    assert line["timestamp"].endswith("Z")


def test_personal_data_is_withheld_at_any_depth(stream: io.StringIO) -> None:
    """A phone, name or form that is logged by mistake is not written."""
    structlog.get_logger().info("x", phone="01712345678", row={"name": "Rahima", "id": "7"})
    assert "01712345678" not in stream.getvalue()
    assert "Rahima" not in stream.getvalue()
    assert lines(stream)[0]["row"] == {"name": "[withheld]", "id": "7"}


def test_an_exception_of_a_library_is_logged_without_its_message(stream: io.StringIO) -> None:
    """Its message may quote data, so only type and place are logged."""
    try:
        fail(ValueError("Key (phone)=(01712345678) already exists"))
    except ValueError:
        structlog.get_logger().exception("failed")
    (line,) = lines(stream)
    assert line["failure"] == "ValueError"
    assert any("test_logging.py" in frame for frame in line["frames"])
    assert "01712345678" not in stream.getvalue()


def test_our_exceptions_are_logged_with_their_message(stream: io.StringIO) -> None:
    """Their messages have no personal data."""
    structlog.get_logger().warning("no", exc_info=Refused("not_found", "no such row"))
    assert lines(stream)[0]["failure"] == "Refused: not_found: no such row"


def test_the_cause_of_an_exception_is_logged(stream: io.StringIO) -> None:
    """Cause and exception are on one line."""
    failure = Refused("not_found")
    failure.__cause__ = KeyError("secret")
    structlog.get_logger().warning("no", exc_info=failure)
    assert lines(stream)[0]["cause"] == "KeyError"


def test_all_exceptions_of_a_group_are_logged() -> None:
    """Each has its type."""
    group = ExceptionGroup("secret", [Refused("not_found"), ValueError("secret")])
    assert failure_summary(group) == "ExceptionGroup: Refused: not_found; ValueError"


def test_lines_of_libraries_are_json_too(stream: io.StringIO) -> None:
    """Exceptions in them are treated alike."""
    try:
        fail(OSError("01712345678"))
    except OSError:
        logging.getLogger("aiokafka").warning("lost %s", "node 1", exc_info=True)
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["service"]) == ("lost node 1", "aiokafka", "test")
    del line["timestamp"]  # it may have these digits
    assert (line["failure"], "017" in str(line)) == ("OSError", False)


def test_libraries_log_from_warnings_on(stream: io.StringIO) -> None:
    """Whatever our own level is."""
    logging.getLogger("aiokafka").info("chatter")
    assert lines(stream) == []


def test_lines_below_the_level_are_not_written(stream: io.StringIO) -> None:
    """An unknown level means INFO."""
    structlog.get_logger().debug("fine")
    assert lines(stream) == []
    configure("test", "LOUD", stream=stream)
    structlog.get_logger().info("heard")
    assert len(lines(stream)) == 1
