"""What the outside parties saw of this run, read on while the sandbox comes and goes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from tools.chaos.witness import Witness
from tools.ledger.phones import NoCode

from tests.tools.chaos.playing import in_chaos

PHONE = "+8801712345678"


@asynccontextmanager
async def followed(witness: Witness, asked: Callable[[str], None] = print) -> AsyncIterator[None]:
    """Have it read on while the body runs."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(20):
        tasks.create_task(witness.follow(stop, asked))
        yield
        stop.set()


async def test_what_earlier_runs_wrote_is_left_out() -> None:
    """Their rows, and what of theirs was refused, belong to others."""
    async with in_chaos(refused=2, owed=3) as (played, http):
        played.make_application()
        witness = Witness(http, played.url)
        await witness.begin()
        made = played.make_application()
        played.refused += 1
        books = await witness.books()
    assert [row["application_id"] for row in books.submissions] == [made["application_id"]]
    assert (len(books.decisions), len(books.messages)) == (1, 2)
    assert (books.owed_waiting, books.owed_refused) == (3, 1)


async def test_a_ledger_that_was_emptied_owes_nothing_below_zero() -> None:
    """A count of what is refused since the start never falls under it."""
    async with in_chaos(refused=2) as (played, http):
        witness = Witness(http, played.url)
        await witness.begin()
        played.refused = 0
        assert await witness.owed() == (0, 0)


async def test_the_books_are_whole_however_much_was_read_on_the_way() -> None:
    """Reading on for codes takes nothing away from what is counted at the end."""
    async with in_chaos(asks=True) as (played, http):
        witness, asked = Witness(http, played.url), asyncio.Queue[str]()
        await witness.begin()
        async with followed(witness, asked.put_nowait):
            made = played.make_application()
            assert await asked.get() == made["application_id"]
        books = await witness.books()
    assert asked.empty()
    assert [row["action"] for row in books.decisions] == ["approved", "correction_asked"]


async def test_a_code_is_given_to_its_phone_once() -> None:
    """A code is used up; the number of an application is none."""
    async with in_chaos() as (played, http):
        witness = Witness(http, played.url)
        async with followed(witness):
            played.send(PHONE, "কোড ১২৩৪৫৬")
            played.send(PHONE, "আবেদন NS-11111-11111-11111 কোড ৬৫৪৩২১")
            assert await witness.code_for(PHONE, within_s=20) == "123456"
            with pytest.raises(NoCode):
                await witness.code_for(PHONE, within_s=0.05)


async def test_following_outlasts_an_absence_of_the_sandbox() -> None:
    """The pages that could not be read are read when it is back."""
    async with in_chaos() as (played, http):
        witness = Witness(http, "http://127.0.0.1:1")
        async with followed(witness):
            await asyncio.sleep(0.1)
            played.send(PHONE, "কোড ১২৩৪৫৬")
            witness._pages._url = played.url
            assert await witness.code_for(PHONE, within_s=20) == "123456"


async def test_books_that_cannot_be_read_are_no_empty_books() -> None:
    """Whoever asks while the witness is away is told so, and does not count zero."""
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientError):
            await Witness(http, "http://127.0.0.1:1").books()
