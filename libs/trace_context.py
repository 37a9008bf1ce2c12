"""Trace context as text, which is passed through tables and topics, sampled or not.

The format is W3C Trace Context (Recommendation 2021-11-23); their own cases are run at the gateway.
Only a sampled context becomes spans (see `libs.telemetry.tracing`).
"""

import random
import re
import secrets
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_LONGEST_TRACEPARENT = 200  # of a version to come
_BLANKS = " \t"  # around the value of a header
_FIRST_VERSION = "00"
_NO_VERSION = "ff"
_NO_TRACE_ID = "0" * 32
_NO_SPAN_ID = "0" * 16
_TRACESTATE_LIMIT = 512
_TRACESTATE_MEMBERS = 32
# Of section 3.3.1.3, with keys as Level 2 has them: `@` is one of their characters.
_MEMBER = re.compile(r"[a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]")


class TraceContext(NamedTuple):
    """A position in a trace, as the two header values of W3C Trace Context."""

    traceparent: str
    tracestate: str = ""

    @property
    def trace_id(self) -> str:
        """32 hex digits."""
        return self.traceparent[3:35]

    @property
    def span_id(self) -> str:
        """16 hex digits: the parent span."""
        return self.traceparent[36:52]

    @property
    def sampled(self) -> bool:
        """Whether spans are made for this trace."""
        return self.traceparent[-1] in "13579bdf"

    def with_sampled(self, *, sampled: bool) -> "TraceContext":
        """The same position, with or without spans from here on."""
        return self._replace(traceparent=self.traceparent[:-2] + ("01" if sampled else "00"))

    def child(self) -> "TraceContext":
        """A position below this one, with an id of its own."""
        own = random.getrandbits(64)
        parent = self.traceparent
        return TraceContext(f"{parent[:36]}{own:016x}{parent[52:]}", self.tracestate)

    def text(self) -> str:
        """One string for a column: `traceparent`, or `traceparent tracestate`."""
        return f"{self.traceparent} {self.tracestate}" if self.tracestate else self.traceparent


def read_context(traceparent: str | None, tracestate: str | None = None) -> TraceContext | None:
    """Read header values from outside; anything malformed counts as none (W3C, 3.2 and 4).

    A version to come is read as far as the first one goes, and passed on as the first one. Flags
    other than the sampled one are not defined yet, and are passed on as zero.

    Args:
        traceparent: the only value of this header; with several, the trace is begun anew.
        tracestate: the values of this header in their order, separated by commas. Where a member is
            malformed all are dropped, and empty ones are left out.
    """
    if not traceparent or len(traceparent) > _LONGEST_TRACEPARENT:
        return None
    state = (tracestate or "").strip(_BLANKS)
    return _context(traceparent.strip(_BLANKS), state if len(state) <= _TRACESTATE_LIMIT else "")


# The records of an application come one after another, in one trace. Only short values are cached,
# because header values come from outside.
@lru_cache(maxsize=4096)
def _context(traceparent: str, state: str) -> TraceContext | None:
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None or match[1] == _NO_VERSION or (match[1] == _FIRST_VERSION and match[5]):
        return None
    if match[2] == _NO_TRACE_ID or match[3] == _NO_SPAN_ID:
        return None
    context = TraceContext(f"00-{match[2]}-{match[3]}-{match[4]}", _members(state))
    return context.with_sampled(sampled=context.sampled)


def _members(state: str) -> str:
    """The members of a tracestate, each key once; an empty text if one of them is malformed."""
    found: dict[str, str] = {}
    for member in (part.strip(_BLANKS) for part in state.split(",")):
        if not member:
            continue
        if not _MEMBER.fullmatch(member):
            return ""
        key = member.partition("=")[0]
        if key in found:  # the left one is the newest
            continue
        found[key] = member
    return ",".join(found.values()) if len(found) <= _TRACESTATE_MEMBERS else ""


def read_text(text: str | None) -> TraceContext | None:
    """Read a text of `TraceContext.text`."""
    if not text:
        return None
    traceparent, _, tracestate = text.partition(" ")
    return read_context(traceparent, tracestate)


_current: ContextVar[TraceContext | None] = ContextVar("nagorik_trace_context", default=None)


def new_context() -> TraceContext:
    """Begin a trace without spans, so that the effects of one cause can be found together."""
    drawn = secrets.token_hex(24)
    return TraceContext(f"00-{drawn[:32]}-{drawn[32:]}-00")


def current_context() -> TraceContext | None:
    """The current task's context, or None."""
    return _current.get()


def set_current(context: TraceContext | None) -> None:
    """Set the context of this task and of the tasks that it starts."""
    _current.set(context)
