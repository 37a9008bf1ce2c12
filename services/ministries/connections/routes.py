"""The operators' routes to ministries' connections: the same use cases as the commands."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from libs.clock import Clock
from libs.contracts.ministry_operations import ConnectionState, KnownVersion, Reason, StopOrResume
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.ministries.connections import rules, use_cases
from services.ministries.connections.current import Connections
from services.ministries.connections.rules import Change, CheckReport, Connection, Version
from services.ministries.keys import report_key
from services.ministries.settings import Settings

_ROLES: Final = ("operator",)
_BASE: Final = "/v1/operations/connections"

_REPORT: Final = {
    "ministry": "mopa",
    "checked_at": "2026-11-25T10:00:00Z",
    "adapter": "http_json",
    "address": "https://mopa.example",
    "rules": {"answered": "passed", "once": "passed"},
    "signature": "9f2c…",
}

Ministry = Annotated[str, Field(description="Id of the ministry", examples=["mopa"])]
routes = Routes()


class ConnectionVersion(ConnectionState):
    """One version of a ministry's connection, version 0 if none was set."""

    connection: Connection


class ConnectionVersions(BaseModel):
    """The current connections, or all versions of one, the newest first."""

    items: list[ConnectionVersion]


class SetConnection(BaseModel):
    """Set how a ministry's system is connected; a stopped one is called again."""

    model_config = ConfigDict(extra="forbid")

    version: KnownVersion
    connection: Connection
    reason: Reason
    despite: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        default=None, description="Why it goes live without a passed report of `adapters check`"
    )


@routes.get(_BASE, roles=_ROLES, problems=("role_missing",))
async def list_connections(
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    connections: Connections,
) -> ConnectionVersions:
    """List the connections that were set, stopped or resumed (operators)."""
    return _versions(await use_cases.read_current(tx), connections.default)


@routes.get(f"{_BASE}/{{ministry}}", roles=_ROLES, problems=("role_missing", "body_not_found"))
async def read_connection(
    ministry: Ministry,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    connections: Connections,
) -> ConnectionVersions:
    """Show every version of a ministry's connection, with the address in use (operators)."""
    return _versions(await use_cases.read_history(tx, ministry), connections.default)


@routes.post(
    f"{_BASE}/{{ministry}}",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "body_not_found", "version_superseded", "connection_not_checked"),
    example={
        "version": 0,
        "connection": {"adapter": "soap", "address": "https://mopa.example/submissions"},
        "reason": "new system",
    },
)
async def set_connection(  # noqa: PLR0913
    ministry: Ministry,
    body: SetConnection,
    staff: Staff,
    tx: Transaction,
    connections: Connections,
    settings: Settings,
    clock: Clock,
) -> ConnectionVersion:
    """Set how a ministry's system is connected, from now on (operators)."""
    change = Change(staff.actor, body.reason)
    version = await use_cases.go_live(
        tx,
        ministry,
        body.connection,
        change,
        report_key=report_key(settings),
        at=clock.now(),
        despite=body.despite,
        based_on=body.version,
    )
    return _view(version, connections.default)


@routes.post(
    f"{_BASE}/{{ministry}}/checks",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "body_not_found", "report_unreadable", "report_not_signed"),
    example=_REPORT,
)
async def record_check(
    ministry: Ministry,
    body: CheckReport,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
    settings: Settings,
) -> None:
    """Keep a report of `adapters check` on a ministry's system (operators).

    Raises:
        Refused: it is on another ministry, from the future, or not signed by the platform.
    """
    if body.ministry != ministry or body.checked_at > clock.now():
        raise Refused("report_unreadable")
    await use_cases.record_report(tx, body, by=staff.actor, report_key=report_key(settings))


@routes.post(
    "/v1/report-signatures",
    roles=("vendor", "focal_point", *_ROLES),
    problems=("role_missing", "report_not_signed"),
    example=_REPORT,
)
async def check_report_signature(
    body: CheckReport,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    settings: Settings,
) -> None:
    """Check that the platform signed a report, before it is handed in (vendors, focal points).

    Nothing is kept.

    Raises:
        Refused: it did not sign it, or something was changed since.
    """
    rules.check_signed(body, report_key(settings))


@routes.post(
    f"{_BASE}/{{ministry}}/state",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "body_not_found", "version_superseded"),
    example={"version": 1, "is_stopped": True, "reason": "they move"},
)
async def stop_or_resume(
    ministry: Ministry, body: StopOrResume, staff: Staff, tx: Transaction, connections: Connections
) -> ConnectionVersion:
    """Stop calls to a ministry's system, or begin them again (operators)."""
    act = use_cases.stop if body.is_stopped else use_cases.resume
    change = Change(staff.actor, body.reason)
    version = await act(tx, ministry, change, based_on=body.version)
    return _view(version, connections.default)


def _versions(versions: list[Version], default: Connection) -> ConnectionVersions:
    return ConnectionVersions(items=[_view(version, default) for version in versions])


def _view(version: Version, default: Connection) -> ConnectionVersion:
    return ConnectionVersion(
        ministry=version.ministry,
        version=version.version,
        connection=version.connection or default,
        is_default=version.connection is None,
        is_stopped=version.is_stopped,
        reason=version.reason,
        set_by=version.set_by,
        set_at=version.set_at,
    )
