"""Logs with one JSON object per line, with the trace and without personal data."""

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from libs.errors import Refused, Unavailable, Unreadable
from libs.trace_context import current_context

# Fields that no code may log. The rule for callers is to pass ids only;
# this list catches their mistakes.
_PERSONAL = frozenset({
    "address", "body", "code", "content", "form", "name", "nid", "note", "phone", "refresh_token",
    "secret", "text", "to", "token", "value",
})  # fmt: skip
_WITHHELD = "[withheld]"

# We write the messages of these failures, without personal data; a library's message may quote
# the row or the input that it failed on.
_OUR_FAILURES = (Refused, Unavailable, Unreadable)
_FRAMES = 30


def configure(service: str, level: str = "INFO", *, stream: TextIO | None = None) -> None:
    """Configure logging of a service and its libraries, by default to standard error."""
    structlog.contextvars.bind_contextvars(service=service)
    stream = stream or cast("TextIO", _StandardError())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace_id,
        safe_failure,
        withhold_personal,
    ]
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared[:1], structlog.stdlib.add_logger_name, *shared[1:]],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


class _StandardError:
    """Standard error at the time of writing; it may be replaced after `configure`."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def add_trace_id(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Add the id of the current trace."""
    context = current_context()
    if context is not None:
        line.setdefault("trace_id", context.trace_id)
    return line


def withhold_personal(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Replace values of fields whose names stand for personal data, at any depth."""
    return _withheld(line)


def safe_failure(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Replace an exception by its type and stack; messages of libraries are left out."""
    failure = _failure_in(line.pop("exc_info", None))
    if failure is not None:
        line["failure"] = failure_summary(failure)
        line["frames"] = _frames(failure.__traceback__)
        if failure.__cause__ is not None:
            line["cause"] = failure_summary(failure.__cause__)
    return line


def failure_summary(failure: BaseException) -> str:
    """Return an exception in one line without personal data."""
    kind = type(failure).__name__
    if isinstance(failure, _OUR_FAILURES):
        return f"{kind}: {failure}"
    if isinstance(failure, BaseExceptionGroup):
        return (
            f"{kind}: {'; '.join(failure_summary(exception) for exception in failure.exceptions)}"
        )
    return kind


def _failure_in(exc_info: Any) -> BaseException | None:
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as failure, _):
            return failure
        case True:
            return sys.exc_info()[1]
        case _:
            return None


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _withheld(values: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in values.items():
        if key in _PERSONAL:
            values[key] = _WITHHELD
        elif isinstance(value, Mapping):
            values[key] = _withheld(dict(value))
    return values
