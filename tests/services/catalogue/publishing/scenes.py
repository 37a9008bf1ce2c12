"""What editors write, and the people who publish it."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from libs.database.pool import Database
from libs.ids import new_id
from services.catalogue.descriptions.rules import ServiceVersion
from services.catalogue.publishing import use_cases
from services.catalogue.publishing.people import Person
from tests.services.catalogue.scenes import AT

SERVICE: Final = "S001"
MINISTRY: Final = "lgd"
SALMA: Final = Person(new_id(), MINISTRY, publishes=False)
STRANGER: Final = Person(new_id(), "minland", publishes=False)
RAFIQ: Final = Person(new_id(), None, publishes=True)


def _source(**more: Any) -> dict[str, Any]:
    return {
        "source": "Birth and Death Registration Rules 2018",
        "checked_on": "2026-11-20",
        "checked_by": "Deputy Secretary (Registration)",
        **more,
    }


def content(**changes: Any) -> dict[str, Any]:
    """Return what a public service is, with changes of its values."""
    text = {"bn": "নিবন্ধন", "en": "Registration"}
    return {
        "name": _source(text={"bn": "জন্ম নিবন্ধন", "en": "Birth registration"}),
        "description": _source(text=text),
        "who_may_apply": _source(text=text),
        "papers": _source(papers=[{"bn": "টিকা কার্ড", "en": "Vaccination card"}]),
        "days": _source(days=7),
        "result": _source(text=text),
        "legal_basis": _source(text=text),
        **changes,
    }


def days(number: int) -> dict[str, Any]:
    """Return the value of the days."""
    return _source(days=number)


async def proposed(database: Database, wanted: dict[str, Any], person: Person = SALMA) -> UUID:
    """Write a draft, and propose it; return the proposal."""
    async with database.transaction() as tx:
        await use_cases.save_draft(tx, SERVICE, wanted, person, AT)
        return (await use_cases.propose(tx, SERVICE, person, AT, "the rules of 2018")).act_id


async def published(
    database: Database, wanted: dict[str, Any], *, valid_from: date | None = None, at: Any = AT
) -> ServiceVersion:
    """Let two people publish a content."""
    act_id = await proposed(database, wanted)
    async with database.transaction() as tx:
        return await use_cases.approve(tx, act_id, RAFIQ, at, valid_from)
