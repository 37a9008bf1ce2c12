from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.jobs import JobResult, Lease
from libs.telemetry.metrics import Metrics
from services.ministries.connections.rules import Connection
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.values import ResultFile, ResultRow
from services.ministries.exchanges import queries, use_cases
from services.ministries.exchanges.rules import Exchange, Exchanged
from tests.ciphers import make_cipher
from tests.services.ministries.scenes import (
    HEALTH,
    LAND,
    NUMBER,
    TRACE,
    Action,
    announced_types,
    claim,
    decision,
    planned,
    row_of,
    submission,
)
from tools.embedded.postgres import EmbeddedPostgres

FILES = {
    LAND: Connection(adapter="files", address="sftp://a@b/c", read_every_s=0.001, read_at_once=3)
}
LEASE = Lease("w1", limit=10, per_destination=1, duration_s=60)


async def made(tx: Transaction, count: int = 2) -> list[Delivery]:
    """Plan deliveries and make a batch of them."""
    ids = [new_id() for _ in range(count)]
    all_planned = await planned(tx, *[submission(application_id=each) for each in ids])
    assert await use_cases.make_batches(tx, FILES, Metrics("ministries")) == 1
    return all_planned


async def number_of(tx: Transaction, nth: int = 1) -> int:
    """The number of the first batch that was made, or of a later one."""
    number: int = await tx.fetchval(
        "SELECT batch_no FROM batches ORDER BY batch_no LIMIT 1 OFFSET $1", nth - 1
    )
    return number


async def exchange(tx: Transaction, *files: ResultFile) -> Exchange:
    """Claim the exchange with the ministry, and record that it found these files."""
    await tx.execute("UPDATE exchanges SET due_at = now()")
    (due,) = await use_cases.claim(tx, LEASE)
    await record(tx, result(due, complete(due, *files), None))
    return due


def complete(due: Exchange, *files: ResultFile) -> Exchanged:
    """What an exchange brings in which nothing fails."""
    return Exchanged([*due.read_files], due.not_recorded(files), [*due.batches])


async def record(
    tx: Transaction, result: JobResult[Exchange, Any], metrics: Metrics | None = None
) -> None:
    metrics = metrics or Metrics("test")
    assert await use_cases.record_results(tx, [result], metrics=metrics) == set()


def result(due: Exchange, outcome: Any, failure: Exception | None) -> JobResult[Exchange, Any]:
    return JobResult(due, outcome, failure, None, counts=True, trace=None)


def answers(
    batch_no: int, rows: dict[int, Delivery], action: Action = "received", number: str = NUMBER
) -> ResultFile:
    return ResultFile(
        "a.csv",
        [
            ResultRow(
                batch_no,
                row_no,
                delivery.tracking_number,
                decision(action, application_id=delivery.application_id, number=number),
            )
            for row_no, delivery in rows.items()
        ],
        sha256="1",
    )


async def test_a_batch_has_the_due_deliveries_in_order(tx: Transaction) -> None:
    """At most so many as the connection allows; they are due no more, and open."""
    all_planned = await made(tx, 4)
    due = await exchange(tx)
    (batch,) = due.batches
    assert [each.delivery_id for each in batch.rows.values()] == [
        each.delivery_id for each in all_planned[:3]
    ]
    assert batch.rows[1].form == all_planned[0].form
    row = await row_of(tx, all_planned[0])
    assert (row["state"], row["due_at"]) == ("open", None)
    assert [each.delivery_id for each in await claim(tx)] == [all_planned[3].delivery_id]


async def test_the_queue_says_how_late_it_is(tx: Transaction) -> None:
    """By the exchange that is due for longest."""
    await made(tx)
    for age_s in (-3600, 90):
        await tx.execute("UPDATE exchanges SET due_at = now() - make_interval(secs => $1)", age_s)
        assert await use_cases.EXCHANGES.oldest_due_age_s(tx) == max(0, age_s)


async def test_a_batch_is_made_once_a_second_at_most(tx: Transaction) -> None:
    """Its number is the second; a connection that is read more often changes nothing."""
    await made(tx, 4)
    for age_s, count in ((0.5, 0), (1.5, 1)):
        await tx.execute("UPDATE batches SET made_at = now() - make_interval(secs => $1)", age_s)
        assert await use_cases.make_batches(tx, FILES, Metrics("ministries")) == count


async def test_a_batch_is_sent_until_it_is_recorded(tx: Transaction) -> None:
    """After a failure the same batch is sent again, with the same rows."""
    await made(tx)
    (due,) = await use_cases.claim(tx, LEASE)
    failed = result(due, None, Unavailable(LAND, "away"))
    await record(tx, failed)
    assert (await exchange(tx)).batches == due.batches
    assert not (await exchange(tx)).batches


async def test_a_runner_gives_back_exchanges_that_it_does_not_make(tx: Transaction) -> None:
    """Those of other runners stay theirs, and those that are being made its own."""
    await made(tx, 1)
    (due,) = await use_cases.claim(tx, LEASE)
    other = replace(LEASE, holder="w2")
    await queries.release_exchanges(tx, "w2")
    await queries.release_exchanges(tx, LEASE.holder, [due.ministry])
    assert await use_cases.claim(tx, other) == []
    await queries.release_exchanges(tx, LEASE.holder)
    assert [exchange.ministry for exchange in await use_cases.claim(tx, other)] == [due.ministry]


async def test_an_acknowledgement_hands_over_and_a_decision_decides(tx: Transaction) -> None:
    """Each is announced once, however often the file is read; the next submission follows."""
    (delivery,) = await made(tx, 1)
    await exchange(tx)
    withdrawn = submission("withdrawn", application_id=delivery.application_id)
    await planned(tx, withdrawn)
    assert not await claim(tx)
    acknowledged = answers(await number_of(tx), {1: delivery})
    await exchange(tx, acknowledged)
    assert (await row_of(tx, delivery))["state"] == "handed_over"
    assert len(await claim(tx)) == 1
    decided = answers(await number_of(tx), {1: delivery}, "approved")
    await exchange(tx, replace(decided, name="b.csv"))
    await exchange(tx, replace(decided, name="c.csv"), replace(acknowledged, name="d.csv"))
    assert await announced_types(tx) == ["ministry_received", "ministry_decided"]


async def test_a_file_is_put_aside_after_it_is_recorded(tx: Transaction) -> None:
    """The next exchange moves it, at once; until then it is not recorded again."""
    (delivery,) = await made(tx, 1)
    await exchange(tx, answers(await number_of(tx), {1: delivery}))
    (due,) = await use_cases.claim(tx, LEASE)
    assert [each.report for each in due.read_files] == ["1 rows used, 0 not used\n"]
    await record(tx, result(due, complete(due, answers(await number_of(tx), {1: delivery})), None))
    assert not (await exchange(tx)).read_files


async def test_a_file_that_is_saved_again_is_recorded_again(tx: Transaction) -> None:
    """Under the name of one that is recorded: its content differs."""
    (delivery,) = await made(tx, 1)
    await exchange(tx, replace(answers(await number_of(tx), {1: delivery}), sha256="1"))
    decided = replace(answers(await number_of(tx), {1: delivery}, "approved"), sha256="2")
    due = await exchange(tx, decided)
    assert [each.sha256 for each in due.read_files] == ["1"]
    assert await announced_types(tx) == ["ministry_received", "ministry_decided"]
    assert [each.sha256 for each in (await exchange(tx, decided)).read_files] == ["2"]


async def test_what_succeeds_is_recorded_although_the_rest_fails(tx: Transaction) -> None:
    """A decision that was read, and a batch that was sent; the rest follows at once."""
    (delivery,) = await made(tx, 1)
    await exchange(tx)
    await tx.execute("UPDATE batches SET made_at = now() - interval '1 day'")
    await made(tx, 1)
    (due,) = await use_cases.claim(tx, LEASE)
    file = replace(answers(await number_of(tx), {1: delivery}, "approved"), sha256="1")
    await record(tx, result(due, Exchanged(files=[file], is_complete=False), None))
    assert (await row_of(tx, delivery))["state"] == "handed_over"
    (again,) = await use_cases.claim(tx, LEASE)
    assert (again.batches, [each.sha256 for each in again.read_files]) == (due.batches, ["1"])
    other = replace(file, sha256="2")
    sent = Exchanged(files=[other], sent=[*again.batches], is_complete=False)
    await record(tx, result(again, sent, None))
    (last,) = await use_cases.claim(tx, LEASE)
    assert not last.batches
    assert [each.sha256 for each in last.read_files] == ["2"]


async def test_each_batch_is_recorded_before_the_next_is_sent(tx: Transaction) -> None:
    """In order, and the next one follows at once; one whose citizens are erased is left out."""
    for number in (1, 2, 3):
        (delivery,) = await made(tx, 1)
        await tx.execute("UPDATE batches SET made_at = now() - interval '1 day'")
        if number == 1:
            await use_cases.erase(tx, [delivery.delivery_id])
    for number in (2, 3):
        (due,) = await use_cases.claim(tx, LEASE)
        assert [each.batch_no for each in due.batches] == [await number_of(tx, number)]
        await record(tx, result(due, complete(due), None))


async def test_last_weeks_batch_is_answered_like_any_other(tx: Transaction) -> None:
    """A later batch does not close an earlier one."""
    (old,) = await made(tx, 1)
    await tx.execute("UPDATE batches SET made_at = now() - interval '7 days'")
    await made(tx, 1)
    await exchange(tx, answers(await number_of(tx), {1: old}, "refused"))
    assert (await row_of(tx, old))["state"] == "handed_over"


@pytest.mark.parametrize("then", ["approved", "withdrawn"])
async def test_what_contradicts_is_in_the_report(tx: Transaction, then: str) -> None:
    """A second outcome, and a decision after a withdrawal that was acknowledged, are not used."""
    (submitted,) = await made(tx, 1)
    first_no = await number_of(tx)
    if then == "approved":
        await exchange(tx, answers(first_no, {1: submitted}, "approved"))
    else:
        await exchange(tx, answers(first_no, {1: submitted}))
        withdrawal = submission("withdrawn", application_id=submitted.application_id)
        (withdrawn,) = await planned(tx, withdrawal)
        await tx.execute("UPDATE batches SET made_at = now() - interval '1 day'")
        await use_cases.make_batches(tx, FILES, Metrics("ministries"))
        taken = answers(await number_of(tx, 2), {1: withdrawn})
        await exchange(tx, replace(taken, name="b.csv"))
    late = replace(answers(first_no, {1: submitted}, "refused"), name="late.csv")
    await exchange(tx, late)
    report = await tx.fetchval("SELECT report FROM read_files WHERE name = 'late.csv'")
    said = "Decided otherwise before" if then == "approved" else "The application was withdrawn"
    assert report.splitlines() == ["0 rows used, 1 not used", f"batch {first_no} row 1: {said}"]
    assert (await announced_types(tx)).count("ministry_decided") == (then == "approved")


async def test_what_cannot_be_used_is_counted(database: Database) -> None:
    """A row of another application, and a file that is none: an alert follows, once committed."""
    metrics = Metrics("test")
    counter = metrics.counter("file_rows_not_used", destination=LAND)
    async with database.transaction() as tx:
        first, second = await made(tx)
        await exchange(tx)
        swapped = answers(await number_of(tx), {1: second, 2: second})
        refused = ResultFile("b.csv", [], ["no last line"], is_refused=True, sha256="2")
        await tx.execute("UPDATE exchanges SET due_at = now()")
        (due,) = await use_cases.claim(tx, LEASE)
        await record(tx, result(due, complete(due, swapped, refused), None), metrics)
        assert counter.value == 0
        states = [(await row_of(tx, each))["state"] for each in (first, second)]
    assert counter.value == 2
    assert states == ["open", "handed_over"]


async def test_what_has_no_answer_is_sent_again_on_command(tx: Transaction) -> None:
    """Rows with an answer are not, and a second command finds nothing."""
    first, second = await made(tx)
    await exchange(tx)
    await exchange(tx, answers(await number_of(tx), {1: first}))
    assert set(await use_cases.read_overdue(tx)) == {LAND}
    assert await use_cases.resend_batch(tx, LAND, await number_of(tx), by="rahima") == 1
    with pytest.raises(Refused):
        await use_cases.resend_batch(tx, LAND, await number_of(tx), by="rahima")
    await tx.execute("UPDATE batches SET made_at = now() - interval '7 days'")
    await use_cases.make_batches(tx, FILES, Metrics("ministries"))
    (batch,) = (await exchange(tx)).batches
    assert [each.delivery_id for each in batch.rows.values()] == [second.delivery_id]
    await exchange(tx, answers(await number_of(tx, 2), {1: second}))
    assert await use_cases.read_overdue(tx) == {}
    with pytest.raises(Refused):
        await use_cases.resend_batch(tx, LAND, await number_of(tx), by="rahima")


async def test_a_sent_batch_is_no_delay_and_an_unsent_one_is(tx: Transaction) -> None:
    """The citizen is told that her ministry cannot be reached only where that is so."""
    await made(tx)
    await tx.execute("UPDATE deliveries SET planned_at = now() - interval '1 hour'")
    await exchange(tx)
    assert await deliveries.announce_delays(tx, older_than_s=900) == 0
    await tx.execute("UPDATE batches SET sent_at = NULL")
    assert await deliveries.announce_delays(tx, older_than_s=900) == 2


@pytest.mark.parametrize("is_in_batch", [False, True])
async def test_a_damaged_form_is_a_dead_letter_and_its_batch_goes(
    tx: Transaction, *, is_in_batch: bool
) -> None:
    """Before it is put into a batch, and in one that waits; the others are sent."""
    whole, damaged = await planned(tx, *[submission(application_id=new_id()) for _ in range(2)])
    if is_in_batch:
        assert await use_cases.make_batches(tx, FILES, Metrics("ministries")) == 1
    await tx.execute(
        "UPDATE deliveries SET form = left(form, 60) WHERE delivery_id = $1", damaged.delivery_id
    )
    await use_cases.make_batches(tx, FILES, Metrics("ministries"))
    (batch,) = (await exchange(tx)).batches
    assert [each.delivery_id for each in batch.rows.values()] == [whole.delivery_id]
    await tx.execute("UPDATE batches SET made_at = now() - interval '7 days'")
    await use_cases.make_batches(tx, FILES, Metrics("ministries"))
    assert (await row_of(tx, damaged))["state"] == "failed"
    letter = await tx.fetchrow("SELECT job_key, reason FROM dead_letters")
    assert letter is not None
    assert tuple(letter) == (str(damaged.delivery_id), "unopened.Forged")


async def test_a_ministry_that_gets_an_interface(tx: Transaction) -> None:
    """What was not sent goes by the new adapter, and no file is exchanged any more."""
    unsent = await made(tx, 1)
    assert await use_cases.make_batches(tx, {}, Metrics("ministries")) == 0
    assert not await use_cases.claim(tx, LEASE)
    assert [each.delivery_id for each in await claim(tx)] == [unsent[0].delivery_id]


async def test_a_batch_on_its_way_is_not_handed_over_twice(tx: Transaction) -> None:
    """A ministry that gets an interface meanwhile has it by file."""
    (delivery,) = await made(tx, 1)
    (due,) = await use_cases.claim(tx, LEASE)
    await use_cases.make_batches(tx, {}, Metrics("ministries"))
    assert not await claim(tx)
    await record(tx, result(due, complete(due), None))
    await use_cases.make_batches(tx, {}, Metrics("ministries"))
    await exchange(tx, answers(await number_of(tx), {1: delivery}))
    assert (await row_of(tx, delivery))["state"] == "handed_over"


async def test_what_was_sent_is_answered_by_file_whatever_the_interface(tx: Transaction) -> None:
    """Files are read until each row is answered or settled, and each file is put aside."""
    first, second = await made(tx)
    await exchange(tx)
    correction = submission("corrected", application_id=first.application_id)
    await planned(tx, correction)
    for file in (answers(await number_of(tx), {1: first}), None):
        await use_cases.make_batches(tx, {}, Metrics("ministries"))
        due = await exchange(tx, *([file] if file else []))
        assert not due.batches
    assert [each.application_id for each in await claim(tx)] == [first.application_id]
    await use_cases.make_batches(tx, {}, Metrics("ministries"))
    await deliveries.settle(tx, [str(second.delivery_id)])
    await exchange(tx, replace(answers(await number_of(tx), {1: first}), name="b.csv"))
    await use_cases.make_batches(tx, {}, Metrics("ministries"))
    assert (await exchange(tx)).read_files
    await use_cases.make_batches(tx, {}, Metrics("ministries"))
    await tx.execute("UPDATE exchanges SET due_at = now()")
    assert not await use_cases.claim(tx, LEASE)


@pytest.mark.parametrize(("batch_no", "number"), [(2**70, "05"), (None, "poison")])
async def test_a_file_that_cannot_be_recorded_ends_itself_only(
    dsn_for: Callable[[str], Awaitable[str]],
    postgres: EmbeddedPostgres,
    batch_no: int | None,
    number: str,
) -> None:
    """It is refused with a report, and counted as a defect; other files and the batch are kept."""
    metrics = Metrics("test")
    await dsn_for("ministries")
    owned = Database(postgres.owner_dsn("ministries"), connections=1, cipher=make_cipher())
    async with owned.transaction() as tx:
        await tx.execute("ALTER TABLE batch_rows ADD CHECK (case_file_number <> 'poison')")
        delivery, other = await made(tx)
        (due,) = await use_cases.claim(tx, LEASE)
        first = await number_of(tx)
        poison = replace(answers(batch_no or first, {2: other}, number=number), name="b.csv")
        outcome = complete(due, poison, answers(first, {1: delivery}))
        await record(tx, result(due, outcome, None), metrics)
        (again,) = await use_cases.claim(tx, LEASE)
        assert not again.batches
        reports = {each.name: (each.is_refused, each.report) for each in again.read_files}
        assert reports["a.csv"] == (False, "1 rows used, 0 not used\n")
        assert reports["b.csv"][0]
        assert "send it again" in reports["b.csv"][1]
        assert (await row_of(tx, delivery))["state"] == "handed_over"
        assert (await row_of(tx, other))["state"] == "open"
        await tx.execute("ALTER TABLE batch_rows DROP CONSTRAINT batch_rows_case_file_number_check")
    await owned.close()
    assert metrics.counter("exchange_defects", destination=LAND).value == 1
    assert metrics.counter("file_rows_not_used", destination=LAND).value == 1


async def test_each_ministry_has_its_own_batches(tx: Transaction) -> None:
    """A row of one is unknown to another."""
    (delivery,) = await made(tx, 1)
    connection = FILES[LAND]
    await planned(tx, submission(application_id=new_id(), ministry=HEALTH))
    assert (
        await use_cases.make_batches(tx, {**FILES, HEALTH: connection}, Metrics("ministries")) == 1
    )
    claimed = {each.ministry: each for each in await use_cases.claim(tx, LEASE)}
    assert [batch.batch_no for batch in claimed[HEALTH].batches] == [await number_of(tx)]
    stolen = complete(claimed[HEALTH], answers(await number_of(tx), {1: delivery}, "approved"))
    await record(tx, result(claimed[HEALTH], stolen, None))
    assert (await row_of(tx, delivery))["state"] == "open"
    assert TRACE.trace_id == (delivery.trace and delivery.trace.trace_id)
