"""The connection to a ministry's system: data that operators change, version by version."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

AdapterName = Literal["http_json", "soap", "poll_json", "files"]

BY_THE_PLATFORM: Final = "platform"
"""Who set a version that no person set."""

_DHAKA: Final = ZoneInfo("Asia/Dhaka")

Address = Annotated[
    str, Field(pattern=r"^(?:https?|sftp)://[\x21-\x7e]*[\x21-\x2e\x30-\x7e]$", max_length=500)
]
"""Absolute, in ASCII, without a final slash."""

Hours = Annotated[
    str, Field(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:[01][0-9]|2[0-3]):[0-5][0-9]$")
]
"""Hours of service in Dhaka, `09:00-17:00`; `22:00-06:00` is a night."""


class Connection(BaseModel):
    """How to reach one ministry's system.

    Args:
        adapter: which adapter serves it.
        address: base URL without a final slash; for files `sftp://user@host:port/folder`.
        credentials: name of the secrets in the settings; by default the ministry's id.
        hours: when it may be called; None for always.
        file_format: for files, what a batch is written as; results are read in both.
        host_key: for files, the server's public key as in `known_hosts`, which must not change.
        read_every_s: seconds between two questions, or two looks for files.
        read_at_once: most applications in one question, or rows in one batch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    adapter: AdapterName = "http_json"
    address: Address
    credentials: Annotated[str | None, Field(pattern=r"^[a-z0-9_-]{1,40}$")] = None
    hours: Hours | None = None
    file_format: Literal["csv", "xlsx"] = "csv"
    host_key: Annotated[str | None, Field(max_length=2000)] = None
    read_every_s: Annotated[float, Field(gt=0, le=7 * 86_400)] = 60.0
    read_at_once: Annotated[int, Field(gt=0, le=5000)] = 100


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes a connection, and why."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a ministry's connection; None is the default one.

    A stopped connection calls nothing: deliveries wait, and an alert stands until it is resumed.
    """

    ministry: str
    version: int = 0
    connection: Connection | None = None
    is_stopped: bool = False
    reason: str = ""
    set_by: str = ""
    set_at: datetime | None = None


def is_open(connection: Connection, now: datetime) -> bool:
    """Return whether a system may be called at a time, by its hours of service."""
    if connection.hours is None:
        return True
    opens, _, closes = connection.hours.partition("-")
    first, last, at = time.fromisoformat(opens), time.fromisoformat(closes), _clock(now)
    return first <= at < last if first < last else at >= first or at < last


def _clock(now: datetime) -> time:
    return now.astimezone(_DHAKA).time()
