from typing import Any

import pytest
from starlette.types import Message

from sandbox.faults.cut_off import CanHangUp, CutOff, Hanging


class Transport:
    def __init__(self) -> None:
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True


class Cycle:
    """A server's exchange, as uvicorn has it: `send` belongs to what holds the transport."""

    def __init__(self) -> None:
        self.transport = Transport()
        self.sent: list[Message] = []

    async def send(self, message: Message) -> None:
        self.sent.append(message)


async def gone() -> Message:
    return {"type": "http.disconnect"}


async def test_the_connection_is_cut_without_a_word() -> None:
    """Nothing is sent, and the transport is aborted."""
    cycle, scope = Cycle(), dict[str, Any](type="http")
    await CanHangUp(CutOff())(scope, gone, cycle.send)
    assert cycle.transport.aborted
    assert cycle.sent == []


async def test_under_a_server_that_cannot_the_answer_breaks_off() -> None:
    """Without a transport the answer begins and never ends."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(ConnectionAbortedError):
        await CanHangUp(CutOff())({"type": "http"}, gone, send)
    assert [message["type"] for message in sent] == ["http.response.start"]


async def test_hanging_ends_when_the_caller_gives_up() -> None:
    """No answer is sent, not even late."""
    cycle = Cycle()
    await CanHangUp(Hanging(60))({"type": "http"}, gone, cycle.send)
    assert cycle.sent == []
    assert not cycle.transport.aborted


async def test_hanging_ends_after_its_time_at_the_latest() -> None:
    """A caller without a deadline is cut off in the end."""
    cycle = Cycle()

    async def patient() -> Message:
        if cycle.transport.aborted:
            return {"type": "http.disconnect"}
        raise TimeoutError

    await CanHangUp(Hanging(60))({"type": "http"}, patient, cycle.send)
    assert cycle.transport.aborted
