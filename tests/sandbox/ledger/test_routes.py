import pytest

from tests.sandbox.running import Platform, Sandbox, until_ledger


async def test_the_ledger_is_read_page_by_page(running: Sandbox, side: Platform) -> None:
    """`after` and `limit` lead to every row once, in order."""
    for _ in range(5):
        await running.send(side)
    first = await running.ledger("messages?limit=3")
    second = await running.ledger(f"messages?after={first[-1]['n']}")
    assert [row["n"] for row in first + second] == [1, 2, 3, 4, 5]


async def test_rows_of_every_kind_follow_their_numbers(running: Sandbox, side: Platform) -> None:
    """One request has what is new of each kind, up to the limit."""
    await running.hand_over(side)
    for _ in range(3):
        await running.send(side)
    first = await running.ledger("rows?messages=1&limit=1")
    assert {kind: [row["n"] for row in rows] for kind, rows in first.items()} == {
        "submissions": [1],
        "decisions": [1],
        "papers": [],
        "messages": [2],
    }
    rest = await running.ledger("rows?submissions=1&decisions=1&messages=2")
    assert [row["n"] for row in rest["messages"]] == [3]
    assert not rest["submissions"]
    assert not rest["decisions"]


async def test_the_summary_of_an_empty_ledger_is_zero(running: Sandbox) -> None:
    """The summary has all its fields from the start."""
    assert await running.ledger("summary") == {
        "submissions": {"total": 0, "distinct": 0},
        "messages": {"total": 0, "distinct": 0},
        "decisions": 0,
    }


async def test_a_refused_callback_is_shown(running: Sandbox, side: Platform) -> None:
    """It is listed with its status, and is not sent again."""
    side.status = lambda: 404
    await running.behave("cabinet", mode="callback")
    await running.hand_over(side)
    callbacks = await until_ledger(running, "callbacks", lambda callbacks: callbacks["refused"])
    assert callbacks["waiting"] == 0
    assert callbacks["refused"][0]["refused_status"] == 404


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=1e3", "limit=0"])
async def test_an_invalid_page_is_a_problem(running: Sandbox, query: str) -> None:
    """An invalid number or limit is not corrected."""
    status, problem = await running.call("GET", f"/ledger/messages?{query}")
    assert (status, problem["type"]) == (422, "/problems/bad_query")
