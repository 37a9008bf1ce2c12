import asyncio

import pytest

from tools.embedded.together import together


async def test_each_is_begun_before_one_is_done() -> None:
    """What takes long does not keep the others waiting."""
    meeting = asyncio.Barrier(2)
    await together([meeting.wait(), meeting.wait()])


async def test_the_first_failure_is_told_and_the_others_are_broken_off() -> None:
    """A reader sees what went wrong, not a group of what went wrong."""

    async def fail() -> None:
        raise LookupError("this one")

    with pytest.raises(LookupError, match="this one"):
        await together([asyncio.Event().wait(), fail()])
