"""The file of all data has what each service keeps of a citizen, or it is said why not."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from libs.database.pool import Database
from services.registry import REGISTRY
from tests.services.portal.rights.scenes import KEYS
from tests.services.scenes import ENCRYPTED, with_persons

DsnFor = Callable[[str], Awaitable[str]]

IN_FILE: Final[Mapping[str, str]] = {
    "applications.applications": "applications.application",
    "applications.counter_papers": "applications.issued_papers",
    "applications.drafts": "drafts",
    "applications.feedback": "applications.feedback",
    "applications.mandates": "helpers",
    "applications.moved_applications": "applications.application",
    "applications.proposed_corrections": "helpers",
    "applications.submissions": "applications.form_as_sent",
    "applications.timeline": "applications.application",
    "cases.case_content": "applications.form_as_sent",
    "cases.case_looks": "applications.looks_by_offices",
    "cases.cases": "applications.application",
    "cases.handed_in": "applications.looks_by_offices",
    "documents.case_papers": "applications.looks_by_offices",
    "documents.document_uses": "papers",
    "documents.document_views": "papers",
    "documents.documents": "papers",
    "documents.followed_up": "helpers",
    "identity.citizens": "profile",
    "identity.complaints": "helpers",
    "identity.consents": "sites",
    "identity.erasures": "erasure",
    "identity.mandates": "helpers",
    "identity.phone_changes": "number",
    "identity.saved_details": "details_for_forms",
    "identity.sessions": "logins",
    "issuance.paper_prints": "applications.issued_papers",
    "issuance.papers": "applications.issued_papers",
    "ministries.applications": "applications.application",
    "ministries.deliveries": "applications.form_as_sent",
    "notifications.application_contacts": "helpers",
    "notifications.contacts": "number",
    "notifications.messages": "applications.messages",
}
"""Where the file has what a table keeps."""

_HASHES: Final = "hashes of numbers, of a code or a PIN, and tokens: nobody can read them"
_OF_OFFICIALS: Final = "of people who work, not of citizens"
_WORK_OF_OFFICE: Final = (
    "how the office goes about the case; what she is told of it is in the timeline"
)
_MARKS: Final = "of citizens who are erased: they have no login"
_HOURS: Final = "of files that are no papers: gone within a day, with nothing of their content"

LEFT_OUT: Final[Mapping[str, str]] = {
    "applications.counter_drafts": "typed at a counter, for two hours; what was sent is in forms",
    "applications.granted_papers": _MARKS,
    "applications.stops": _OF_OFFICIALS,
    "applications.told_news": "of those without a phone, who have no login",
    "applications.tracking_phones": _HASHES,
    **dict.fromkeys(
        (
            "cases.bills",
            "cases.ended_tasks",
            "cases.history",
            "cases.overdue_rungs",
            "cases.paper_proposals",
            "cases.pool_list_cases",
            "cases.sides",
            "cases.stalled",
            "cases.tasks",
            "cases.timers",
            "cases.version_changes_told",
        ),
        _WORK_OF_OFFICE,
    ),
    "cases.contacts": _OF_OFFICIALS,
    "cases.erased_citizens": _MARKS,
    "documents.openings": _HOURS,
    "documents.own_papers": "of ministries: listed and downloaded as issued papers",
    "documents.settled_cases": _MARKS,
    "documents.stops": _OF_OFFICIALS,
    "documents.upload_bytes": _HOURS,
    "documents.upload_pieces": _HOURS,
    "documents.uploads": _HOURS,
    "documents.waiting_confirmations": _MARKS,
    "identity.challenges": _HASHES,
    "identity.citizens_without_phone": _HASHES,
    "identity.erasure_confirmations": _MARKS,
    "identity.flags": _OF_OFFICIALS,
    "identity.grants": _HASHES,
    "identity.pairwise_subjects": "the mark by which a site knows her, which the site has",
    "identity.uddoktas": _OF_OFFICIALS,
    "issuance.erased_citizens": _MARKS,
    "ministries.erased_citizens": _MARKS,
    "ministries.inquiries": "when a ministry is asked again; what it says is in the timeline",
    "notifications.notices": "SMS about her account, until they have arrived",
    **dict.fromkeys(
        (
            "programme.mails",
            "programme.named_people",
            "programme.reminders",
            "programme.superiors",
            "programme.vendors",
            "programme.warning_mails",
        ),
        _OF_OFFICIALS,
    ),
}
"""Tables whose content the file has not, and why."""


async def test_the_file_forgets_no_table(dsn_for: DsnFor) -> None:
    """Each that an erasure has to look at, and each that leads to one by a case or a paper."""
    found: set[str] = set()
    for entry in REGISTRY:
        if entry.name not in ENCRYPTED:
            continue
        database = Database(await dsn_for(entry.name), connections=1)
        await database.open()
        async with database.transaction() as tx:
            tables = await with_persons(tx, entry.name, more=True)
        await database.close()
        found |= {f"{entry.name}.{table}" for table in tables}
    assert sorted(found - IN_FILE.keys() - LEFT_OUT.keys()) == []
    assert sorted((IN_FILE.keys() | LEFT_OUT.keys()) - found) == [], "these are gone"
    assert sorted(IN_FILE.keys() & LEFT_OUT.keys()) == []


def test_the_file_has_what_is_said_to_be_in_it() -> None:
    """Under the names by which it is said; the test of the file looks at each."""
    assert set(IN_FILE.values()) <= KEYS
