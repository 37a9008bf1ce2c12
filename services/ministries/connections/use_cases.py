"""Connections checked, set, stopped and resumed."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import structlog

from libs.bangladesh.bodies import bodies_by_id
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.writing import outbox
from services.ministries.connections import queries, rules
from services.ministries.connections.rules import (
    AdapterName,
    Change,
    CheckReport,
    Connection,
    Version,
)

CONNECTIONS = "connections"
"""Notified when a version is added."""

log = structlog.get_logger()


async def connect(
    tx: Transaction,
    ministry: str,
    connection: Connection,
    by: Change,
    *,
    based_on: int | None = None,
    despite: str | None = None,
) -> Version:
    """Set how a ministry's system is connected, and call it if it was stopped.

    A repeat adds no version.

    Args:
        tx: the transaction.
        ministry: whose system.
        connection: how it is connected.
        by: who changes it, and why.
        based_on: the version that the change is made on; None for whatever there is.
        despite: why it goes live without a passed report.

    Raises:
        Refused: there is no such ministry, or a later version than that one.
    """
    before = await _lock(tx, ministry, based_on)
    after = replace(before, connection=connection, is_stopped=False, despite=despite)
    return await _add(tx, before, after, by)


async def record_report(tx: Transaction, report: CheckReport, *, by: str, report_key: str) -> None:
    """Keep a report of `adapters check` with its date; a passed one lets the system go live.

    Raises:
        Refused: there is no such ministry, or the platform did not sign it.
    """
    _check(report.ministry)
    rules.check_signed(report, report_key)
    newest = await _lock(tx, report.ministry, None)
    await queries.insert_report(tx, report, by)
    if newest.version:
        await _announce(tx, newest)
    log.info("report kept", ministry=report.ministry, passed=report.passed, by=by)


async def go_live(  # noqa: PLR0913
    tx: Transaction,
    ministry: str,
    connection: Connection,
    by: Change,
    *,
    report_key: str,
    at: datetime,
    despite: str | None = None,
    based_on: int | None = None,
) -> Version:
    """Connect a ministry's system that was checked, at this address and by this adapter.

    Args:
        tx: the transaction.
        ministry: whose system.
        connection: how it is connected.
        by: who changes it, and why.
        report_key: signs reports.
        at: the time.
        despite: why it goes live without a passed report; kept with the reason.
        based_on: the version that the change is made on; None for whatever there is.

    Raises:
        Refused: there is no such ministry, or a later version than that one, or the last
            report is on another system, or not passed.
    """
    _check(ministry)
    report = next(iter(await queries.read_reports(tx, ministry)), None)
    rules.check_gate(report, connection, despite, key=report_key, now=at)
    if despite:
        by = Change(by.by, f"{by.reason}; not checked: {despite}")
    return await connect(tx, ministry, connection, by, based_on=based_on, despite=despite)


async def stop(
    tx: Transaction, ministry: str, by: Change, *, based_on: int | None = None
) -> Version:
    """Call a ministry's system no more until it is resumed; its deliveries wait.

    Raises:
        Refused: there is no such ministry, or a later version than that one.
    """
    before = await _lock(tx, ministry, based_on)
    return await _add(tx, before, replace(before, is_stopped=True), by)


async def resume(
    tx: Transaction, ministry: str, by: Change, *, based_on: int | None = None
) -> Version:
    """Call a stopped system again.

    Raises:
        Refused: there is no such ministry, or a later version than that one.
    """
    before = await _lock(tx, ministry, based_on)
    return await _add(tx, before, replace(before, is_stopped=False), by)


async def read_current(tx: Transaction) -> list[Version]:
    """Read the newest version of each ministry's connection."""
    return await queries.read_current(tx)


async def read_last(tx: Transaction, adapter: AdapterName) -> dict[str, Connection]:
    """Read the last connection of each ministry by an adapter, also where another one holds now."""
    return await queries.read_last(tx, adapter)


async def read_appeal_days(tx: Transaction, ministries: Collection[str]) -> dict[str, int]:
    """Read the days for an objection, of those ministries whose systems take them now."""
    return await queries.read_appeal_days(tx, ministries)


async def read_history(tx: Transaction, ministry: str) -> list[Version]:
    """Read every version of a ministry's connection, the newest first; version 0 if none was set.

    Raises:
        Refused: there is no such ministry.
    """
    _check(ministry)
    return await queries.read_history(tx, ministry) or [Version(ministry)]


def _check(ministry: str) -> None:
    if ministry not in bodies_by_id():
        raise Refused("body_not_found")


async def _lock(tx: Transaction, ministry: str, based_on: int | None) -> Version:
    """Read the newest version; no other transaction adds one until the end.

    Raises:
        Refused: there is no such ministry, or a later version than that one.
    """
    await queries.lock_connections(tx)
    newest = (await read_history(tx, ministry))[0]
    if based_on is not None and based_on != newest.version:
        raise Refused("version_superseded", f"it is version {newest.version}")
    return newest


async def _add(tx: Transaction, before: Version, after: Version, by: Change) -> Version:
    if after == before:
        return before
    added = replace(after, version=before.version + 1, set_by=by.by, reason=by.reason)
    added = replace(added, set_at=await queries.insert_version(tx, added))
    tx.notify_on_commit(CONNECTIONS)
    await _announce(tx, added)
    level = log.warning if added.is_stopped else log.info
    level("connection set", ministry=after.ministry, stopped=after.is_stopped, by=by.by)
    return added


async def _announce(tx: Transaction, version: Version) -> None:
    """Announce how a ministry's system is connected, and what its check found."""
    reports = await queries.read_reports(tx, version.ministry)
    await outbox.add(tx, [rules.announcement(version, reports)])
