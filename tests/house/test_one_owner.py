"""A table has one owner: the capability whose migration makes it. Nobody else writes it.

Why: a table that five capabilities write has no rules: each of them knows some of its columns, and
a new column, or a new condition on when a row may change, has to be looked for in all of them. What
another capability needs is a use case of the owner. Where that would cost a request a round trip,
or a list would be put together in memory, another one may read the table in a statement of its own,
and the list says why.
"""

import re
from collections.abc import Iterator, Mapping

import pytest

from services.registry import WITH_DATABASE
from tests.house.checking import CHECKOUT
from tests.house.statements import Statement, statements_on

READS = {
    ("applications/deadlines", "applications"): "finds what is due by an index, and locks it",
    ("applications/mandate_uses", "applications"): "a page of what an uddokta follows up",
    ("applications/journeys", "applications"): "reads one, without its person",
    ("applications/journeys", "timeline"): "reads that of one, without its notes",
    ("applications/ministry_status", "applications"): "counts where the rows are",
    ("applications/mandate_uses", "timeline"): "a page of what an uddokta has to tell",
    ("applications/moves", "applications"): "looks at all of them, portion by portion",
    ("applications/moves", "mandates"): "the last submission and its evidence at once",
    ("applications/moves", "submissions"): "the last submission and its evidence at once",
    ("applications/onboarding", "applications"): "what waits, with what was submitted, at once",
    ("applications/onboarding", "mandates"): "what waits, with what was submitted, at once",
    ("applications/onboarding", "submissions"): "what waits, with what was submitted, at once",
    ("applications/recovery", "applications"): "which of thousands are not there",
    ("applications/recovery", "timeline"): "which of thousands are not there",
    ("applications/timeline", "applications"): "shows an application with its entries, at once",
    ("applications/timeline", "timeline"): "shows an application with its entries, at once",
    ("applications/tracking", "mandates"): "a number and its code at once",
    ("applications/tracking", "applications"): "a number and its phone at once",
    ("cases/journeys", "cases"): "reads those of one application, without their person",
    ("cases/journeys", "history"): "goes past an entry that is damaged",
    ("cases/overdue", "cases"): "which of all have ended, portion by portion",
    ("cases/overdue", "tasks"): "which of all open work is late, portion by portion",
    ("cases/stalled", "cases"): "which of all open ones nothing moves on, portion by portion",
    ("cases/stalled", "history"): "who acted before an appeal, of all open ones by portions",
    ("cases/stalled", "officers"): "which of all open ones nothing moves on, portion by portion",
    ("cases/stalled", "tasks"): "which of all open ones nothing moves on, portion by portion",
    ("cases/stalled", "timers"): "which of all open ones nothing moves on, portion by portion",
    (
        "identity/citizens",
        "erasures",
    ): "a login, in the statement that inserts or finds its citizen",
    ("identity/codes", "citizens"): "a request for a code: whose number it is, at once",
    ("identity/duties", "officer_absences"): "which of all officers have changed, at once",
    ("identity/duties", "offices"): "which of all officers have changed, in one statement",
    ("identity/duties", "staff"): "which of all officers have changed, in one statement",
    ("identity/duties", "staff_roles"): "which of all officers have changed, in one statement",
    ("identity/duties", "needed_courses"): "which of all officers have changed, in one statement",
    ("identity/duties", "qualifications"): "which of all officers have changed, in one statement",
    ("identity/uddoktas", "needed_courses"): "which of all have changed, in one statement",
    ("identity/uddoktas", "qualifications"): "which of all have changed, in one statement",
    ("identity/mandates", "public_services"): "the names of a page of mandates",
    ("identity/mandates", "service_centres"): "the names of a page of mandates",
    ("identity/mandates", "uddoktas"): "the names of a page of mandates",
    ("identity/staff", "offices"): "an officer's account, with the area of the office now",
    ("ministries/deliveries", "batch_rows"): "what is decided about, with the file that it is in",
    ("ministries/deliveries", "batches"): "what is decided about, with the file that it is in",
    ("ministries/deliveries", "erased_citizens"): "each submission, in the statement that locks",
    ("ministries/escalations", "deliveries"): "counts where the rows are",
    ("ministries/exchanges", "applications"): "the rows of a batch, with what they say",
    ("ministries/exchanges", "deliveries"): "the rows of a batch, with what they say",
    ("ministries/inquiries", "deliveries"): "finds what is asked about a citizen",
    ("ministries/journeys", "batch_rows"): "the deliveries of one, with the file that they are in",
    ("ministries/journeys", "batches"): "the deliveries of one, with the file that they are in",
    ("ministries/journeys", "deliveries"): "reads those of one, without its person",
    ("ministries/status", "deliveries"): "counts where the rows are",
    ("notifications/codes", "contacts"): "each code, in the statement that stores it",
    ("notifications/journeys", "messages"): "reads those about one, without its person",
    ("notifications/messages", "public_services"): "each message, in the statement that claims it",
    ("notifications/notices", "contacts"): "each notice, in the statement that stores it",
    ("notifications/sending", "application_contacts"): "a message sent again, with its number",
    ("notifications/sending", "contacts"): "a report, with what is left to send",
    ("programme/rollout", "people"): "all uddoktas of a district, who are thousands",
    ("programme/rollout", "qualifications"): "all uddoktas of a district, who are thousands",
    ("programme/seats", "centres"): "all people counted by district, in one statement",
    ("programme/seats", "people"): "all people counted by district, in one statement",
    ("programme/seats", "qualifications"): "all people counted by district, in one statement",
    ("programme/seats", "training_seats"): "all sessions to come, in one statement",
    ("programme/seats", "training_sessions"): "all sessions to come, in one statement",
}
"""What another capability reads of a table, and why not by a use case."""
LANES = {
    ("notifications/codes", "messages"),
    ("notifications/notices", "messages"),
    ("notifications/sending", "messages"),
}
"""`messages` is one queue with three lanes and one sender. A lane stores a message with what it
has to say, and claims both, in one statement."""

_MADE = re.compile(r"^CREATE (?:UNLOGGED )?TABLE (\w+)", re.MULTILINE)
_WRITTEN = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|LOCK TABLE)\s+(\w+)")
_NAMED = re.compile(r"\b(?:FROM|JOIN|USING)\s+(\w+)|,\s+(\w+)\s+(?:AS\b|WHERE\b)")


def owners(service: str) -> dict[str, str]:
    """The capability of each table of a service."""
    return {
        table: file.parts[-3]
        for file in (CHECKOUT / "services" / service).glob("*/migrations/*.sql")
        for table in _MADE.findall(file.read_text(encoding="utf-8"))
    }


def foreign(statement: Statement, owned: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """Yield the capability of a statement, and each table of another one; true if it writes it."""
    service, capability = statement.path.split("/")[1:3]
    written = set(_WRITTEN.findall(statement.sql))
    read = {name for names in _NAMED.findall(statement.sql) for name in names}
    for table in sorted((written | read) & owned.keys()):
        if owned[table] != capability:
            yield f"{service}/{capability}", table, table in written


def _used(service: str) -> Iterator[tuple[Statement, tuple[str, str], bool]]:
    owned = owners(service)
    for statement in statements_on(service):
        if statement.path.startswith("services/"):
            for capability, table, writes in foreign(statement, owned):
                yield statement, (capability, table), writes


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_a_capability_uses_its_own_tables(service: str) -> None:
    """It writes no other, and reads another one only where the list says why."""
    found = [
        f"{statement.place}: {'writes' if writes else 'reads'} {use[1]}: call its use case"
        for statement, use, writes in _used(service)
        if use not in LANES and (writes or use not in READS)
    ]
    assert not found, "\n".join(found)


def test_the_lists_name_what_is_there() -> None:
    """An entry that no statement needs goes."""
    used = {use for service in WITH_DATABASE for _, use, _ in _used(service)}
    assert (READS.keys() | LANES) - used == set()


@pytest.mark.parametrize(
    ("sql", "writes"),
    [
        ("SELECT height FROM trees WHERE tree_id = $1", False),
        ("SELECT 1 FROM benches JOIN trees USING (tree_id)", False),
        ("WITH old AS (DELETE FROM trees RETURNING 1) SELECT count(*) FROM old", True),
        ("UPDATE trees SET height = 1 FROM benches", True),
        ("INSERT INTO trees (tree_id) VALUES ($1) ON CONFLICT (tree_id) DO NOTHING", True),
        ("LOCK TABLE trees IN EXCLUSIVE MODE", True),
    ],
)
def test_a_foreign_table_is_found(sql: str, *, writes: bool) -> None:
    """Whether it is read or written; the own one is not."""
    statement = Statement("services/parks/benches/queries.py", 1, sql, None)
    owned = {"trees": "trees", "benches": "benches"}
    assert list(foreign(statement, owned)) == [("parks/benches", "trees", writes)]
