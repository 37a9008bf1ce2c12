"""Objections to refusals, on their way to ministries whose connections take them."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from libs.contracts.ministries import MinistryDecision
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.telemetry.tracing import Tracing
from services.ministries.connections import use_cases as connections
from services.ministries.connections.rules import Change, Connection
from services.ministries.decisions.rules import Callback
from services.ministries.decisions.use_cases import record_callbacks
from services.ministries.deliveries.jobs import deliver
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.use_cases import record_results
from tests.ciphers import outbox_rows
from tests.services.ministries.scenes import (
    LAND,
    TRACE,
    FakeMinistry,
    claim,
    decision,
    planned,
    submission,
    succeeded,
)

TAKES = Connection(adapter="http_json", address="https://land.example", appeal_days=30)


async def connect(tx: Transaction, connection: Connection = TAKES) -> None:
    """Connect the ministry's system."""
    await connections.connect(tx, LAND, connection, Change("rahima", "a test"))


async def refused(tx: Transaction) -> Delivery:
    """An application that the system refused in its answer."""
    (delivery,) = await planned(tx, submission())
    await claim(tx)
    await record_results(tx, [succeeded(delivery, decision("refused"))])
    return delivery


async def objected(tx: Transaction, said: MinistryDecision | None = None) -> Delivery:
    """The objection to it, which the system has answered."""
    (objection,) = await planned(tx, submission("appealed"))
    await claim(tx)
    await record_results(tx, [succeeded(objection, said or decision())])
    return objection


async def called_back(tx: Transaction, said: MinistryDecision, webhook_id: str) -> str:
    """A callback; the code of its refusal."""
    callback = Callback(LAND, webhook_id, said, TRACE)
    (found,) = await record_callbacks(tx, [callback], tracing=Tracing("test"))
    return found.code if isinstance(found, Refused) else ""


async def decisions(tx: Transaction) -> list[tuple[str, str, int | None]]:
    """What was announced as decided: outcome, stage, and the days for an objection."""
    values: list[dict[str, Any]] = [orjson.loads(row.value or b"") for row in await outbox_rows(tx)]
    return [
        (value["outcome"], value.get("stage", "first"), value.get("appeal_days"))
        for value in values
        if "outcome" in value
    ]


async def test_a_refusal_says_how_long_one_may_object_where_the_connection_takes_it(
    tx: Transaction,
) -> None:
    """And nothing where it does not."""
    await connect(tx)
    await refused(tx)
    assert await decisions(tx) == [("refused", "first", 30)]


async def test_a_connection_that_takes_none_says_nothing(tx: Transaction) -> None:
    """By default, and for every ministry without a connection of its own."""
    await refused(tx)
    assert await decisions(tx) == [("refused", "first", None)]


@pytest.mark.parametrize("outcome", ["approved", "refused"])
async def test_what_was_decided_about_the_objection_is_announced_once(
    tx: Transaction, outcome: Any
) -> None:
    """Also where the system answers twice, repeats its refusal, or decides otherwise later."""
    await connect(tx)
    await refused(tx)
    await objected(tx)
    assert await called_back(tx, decision("refused"), "late") == ""
    assert await called_back(tx, decision("approved"), "other") == "decided_otherwise"
    about = decision(outcome, stage="appeal")
    assert await called_back(tx, about, "a") == ""
    assert await called_back(tx, about, "b") == ""
    another = decision("refused" if outcome == "approved" else "approved", stage="appeal")
    assert await called_back(tx, another, "c") == "decided_otherwise"
    assert await decisions(tx) == [("refused", "first", 30), (outcome, "appeal", None)]


async def test_a_decision_about_no_objection_is_not_taken(tx: Transaction) -> None:
    """Nor is one in the answer to a first submission, nor a request for correction."""
    await connect(tx)
    await refused(tx)
    assert await called_back(tx, decision("approved", stage="appeal"), "a") == "delivery_unknown"
    await objected(tx)
    asked = decision("correction_asked", note=decision("refused").note, stage="appeal")
    assert await called_back(tx, asked, "b") == "decided_otherwise"
    assert await decisions(tx) == [("refused", "first", 30)]


async def test_an_old_answer_to_an_objection_decides_nothing(tx: Transaction) -> None:
    """A system that knows the application answers with what it decided: it has to say the stage."""
    await connect(tx)
    await refused(tx)
    await objected(tx, decision("refused", note=decision("refused").note))
    assert await decisions(tx) == [("refused", "first", 30)]
    assert await called_back(tx, decision("approved", stage="appeal"), "a") == ""
    assert await decisions(tx) == [("refused", "first", 30), ("approved", "appeal", None)]


async def test_an_objection_reaches_no_system_that_does_not_take_it(tx: Transaction) -> None:
    """The connection was changed since: a person looks at it."""
    ministry: Any = FakeMinistry(lambda *_: decision())
    (objection,) = await planned(tx, submission("appealed"))
    ministry.link = SimpleNamespace(connection=Connection(address=TAKES.address))
    with pytest.raises(Refused, match="appeal_not_possible"):
        await deliver(lambda _: ministry, objection)
    assert not ministry.handed
    ministry.link = SimpleNamespace(connection=TAKES)
    assert (await deliver(lambda _: ministry, objection)).action == "received"


@pytest.mark.parametrize("adapter", ["soap", "files"])
def test_an_adapter_that_cannot_hand_an_objection_over_does_not_say_that_it_does(
    adapter: Any,
) -> None:
    """The connection is refused."""
    with pytest.raises(ValidationError, match="takes no objections"):
        Connection(adapter=adapter, address="https://land.example", appeal_days=30)


async def test_an_old_process_and_a_new_one_read_the_same_connection(tx: Transaction) -> None:
    """The last release reads what is stored strictly: the days stand beside it."""
    await connect(tx)
    stored = await tx.fetchval("SELECT connection FROM connections")
    assert "appeal_days" not in orjson.loads(stored)
    (version,) = await connections.read_current(tx)
    assert version.connection == TAKES
