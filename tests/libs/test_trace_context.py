import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.trace_context import (
    TraceContext,
    current_context,
    read_context,
    read_text,
    set_current,
)

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_fields_of_a_context() -> None:
    """Trace id, span id and sampled flag are where W3C Trace Context has them."""
    context = TraceContext(PARENT)
    assert context.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert context.span_id == "00f067aa0ba902b7"
    assert context.sampled
    assert not TraceContext(PARENT[:-2] + "00").sampled
    assert TraceContext(PARENT[:-2] + "03").sampled
    assert not TraceContext(PARENT[:-2] + "02").sampled


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        PARENT.upper(),
        PARENT + "\n",
        "x " + PARENT,
        PARENT[:-1],
        PARENT + "-x",
        "ff" + PARENT[2:],
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        PARENT.replace("4", "৪"),
    ],
)
def test_a_malformed_header_is_no_context(header: str | None) -> None:
    """It raises nothing and starts no trace."""
    assert read_context(header) is None


@pytest.mark.parametrize("version", ["01", "cc", "fe"])
@pytest.mark.parametrize("more", ["", "-", "-what-the-future-will-be-like"])
def test_a_version_to_come_is_read_as_the_first(version: str, more: str) -> None:
    """Its known part is the context, passed on in the version that we write (W3C, 4)."""
    assert read_context(version + PARENT[2:] + more) == TraceContext(PARENT)


@pytest.mark.parametrize(
    "header", ["cc" + PARENT[2:] + ".x", "cc" + PARENT[2:-1], "c" + PARENT[1:-1]]
)
def test_a_malformed_version_to_come_is_no_context(header: str) -> None:
    """After the known part a hyphen follows, or nothing."""
    assert read_context(header) is None


@pytest.mark.parametrize(("flags", "passed_on"), [("ff", "01"), ("02", "00"), ("09", "01")])
def test_flags_that_are_not_defined_are_passed_on_as_zero(flags: str, passed_on: str) -> None:
    """A flag of the future means nothing here (W3C, 3.2.2.5)."""
    context = read_context(PARENT[:-2] + flags)
    assert context == TraceContext(PARENT[:-2] + passed_on)


@pytest.mark.parametrize(
    "state", ["x" * 513, ",".join(f"a{n}=1" for n in range(33)), "বাংলা", "a=b\r\nx: y", "a\x00b"]
)
def test_a_bad_tracestate_is_dropped_and_the_parent_kept(state: str) -> None:
    """A tracestate is passed on only if it is a valid header value."""
    assert read_context(PARENT, state) == TraceContext(PARENT, "")


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    """Reading never raises, and a context is written as it was read."""
    context = read_text(text)
    assert context is None or read_text(context.text()) == context


def test_one_column_holds_both_headers() -> None:
    """A stored context is read back unchanged."""
    for context in (TraceContext(PARENT), TraceContext(PARENT, "vendor=a b,other=c")):
        assert read_text(context.text()) == context
    assert read_text(None) is None


async def test_the_current_context_is_that_of_the_task() -> None:
    """A new task inherits the context; what it sets does not affect others."""
    set_current(TraceContext(PARENT))

    async def other() -> TraceContext | None:
        inherited = current_context()
        set_current(None)
        return inherited

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(other())
    assert task.result() == current_context() == TraceContext(PARENT)
    set_current(None)


def test_a_tracestate_is_not_cached() -> None:
    """Header values come from outside: the cache has the parent only."""
    parent = f"00-{'c' * 32}-{'d' * 16}-01"
    assert read_context(parent, "x" * 60_000) is read_context(parent)
