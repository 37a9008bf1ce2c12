"""A whole run, in which no value that nobody published is said anywhere.

Fees and times without a source are made easy to find. Then citizens apply for every public service
at a counter, and for some on their own, and ministries approve, refuse and ask for corrections.
Whatever left the platform is looked through: each SMS, each page, print, receipt and price list
that links of portal and desk lead to, and each hand-over to a ministry.
"""

import collections
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from itertools import cycle
from typing import Final, get_args
from urllib.parse import urlsplit

import pytest

from libs.bangladesh.calendar import add_working_days, dhaka_date
from libs.bangladesh.text import ascii_digits
from libs.contracts.language import Language
from libs.contracts.mandates import ConsentKind
from libs.contracts.topics import DESK_SUBMISSIONS, HOSTED_SUBMISSIONS
from libs.database.pool import Database
from libs.pages.formats import day
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.rules import PublicService
from services.catalogue.public_services.use_cases import load_reference
from tests.pipeline.conftest import portal_citizen
from tests.pipeline.platform import Platform
from tests.pipeline.running import command_of
from tests.pipeline.topics import records_of
from tests.waiting import until
from tools.ledger import tracking_number_in
from tools.virtual_users.citizen import Api
from tools.virtual_users.counter import PASSWORD, AssistedCitizen, Counter, staff_of
from tools.virtual_users.pages import Browser, Page
from tools.virtual_users.portal import PortalCitizen
from tools.virtual_users.scenarios import Scenario, load_scenarios

INVENTED_BDT: Final = 7_654
INVENTED_DAYS: Final = 13
MARK: Final = "of a whole run"
CHARGE_BDT: Final = 30
OTHERS_BDT: Final = frozenset({0, CHARGE_BDT, 50, 100})
"""Amounts that are no fees: none, what a centre charges and may charge, what the office told."""
ALIKE: Final = 4
"""Pages of one kind that are looked at; services without fee or time are in each such choice."""
_AMOUNT: Final = re.compile(r"(?:Tk |৳ ?)([0-9]+)|([0-9]+) (?:টাকা|taka)")
_DAYS: Final = re.compile(r"([0-9]+) ?(?:কর্মদিবস|working day)")
_OF_ONE: Final = re.compile(
    r"/(services|categories|life-events|centres|bodies|progress|applications|helpers|mandates|new"
    r"|prices|offices|officers|uddoktas|accounts|papers)/[^/]+"
)
_TAG: Final = re.compile(r"<[^>]*>")
_SUM: Final = "/account"
"""A page on which amounts of several applications are added up ends so."""
_LEFT_OUT: Final = re.compile(
    r"/(?:logout|apply)\b|/programme/.*/(?:new|facts|devices)\b"
    r"|/programme/bodies/[a-z_]+/time\b|/publications\b"
)
"""Addresses where something begins or is written, and of which there are hundreds alike.

Also when bodies are reminded, by our own rule, and where workflows are written.
"""


def invented(service: PublicService) -> PublicService:
    """A public service whose fee and time, where nobody has published them, are easy to find."""
    service = replace(service, name_en=f"{service.name_en} {MARK}")  # tells who has read it
    if service.fee_basis != "sourced":
        service = replace(service, fee_bdt=INVENTED_BDT, fee_basis="illustrative")
    if service.days_basis != "sourced":
        service = replace(service, days=INVENTED_DAYS, days_basis="illustrative")
    return service


async def load(platform: Platform, services: Sequence[PublicService]) -> None:
    """Load a reference, as the catalogue does when it starts."""
    reference = replace(read_reference(), services=services)
    database = Database(platform.dsn["catalogue"], connections=1)
    async with database.transaction() as tx:
        await load_reference(tx, reference, datetime.now(UTC))
    await database.close()


@pytest.fixture
async def known(platform: Platform) -> AsyncIterator[list[PublicService]]:
    """The public services of the run, once all have read them; the reference is back after it."""
    before = read_reference().services
    services = [invented(service) for service in before]
    await load(platform, services)
    visitor = Browser(platform.http, platform.plan.url("portal"), {})
    is_open = sum(service.open for service in services)

    async def is_read() -> bool:
        prices = await visitor.open("/en/centres/gulshan/rates")
        found = await visitor.open("/en/services")
        sql = "SELECT count(*) FROM public_services WHERE name_en LIKE $1"
        [row] = await platform.rows("applications", sql, f"%{MARK}")
        return (
            prices.text.count(MARK) >= is_open
            and found.text.count(MARK) >= is_open
            and row["count"] == len(services)
        )

    await until(is_read)
    yield services
    await load(platform, before)


class Look:
    """Finds in texts what was not published.

    Args:
        services: the public services of the run.
    """

    def __init__(self, services: Iterable[PublicService]) -> None:
        fees = set(OTHERS_BDT)
        self._days: set[int] = set()
        for service in services:
            if service.fee_basis == "sourced":
                amounts = (service.fee_bdt, *(case.amount_bdt for case in service.cases()))
                fees |= {amount for amount in amounts if amount is not None}
                notes = [service.fee_note, service.fee_note_bn]
                notes += [text for case in service.cases() for text in (case.name.bn, case.name.en)]
                plain = ascii_digits(" ".join(filter(None, notes))).replace(",", "")
                fees |= {int(en or bn) for en, bn in _AMOUNT.findall(plain)}
            if service.days_basis == "sourced" and service.days is not None:
                self._days.add(service.days)
        for service in read_reference(grievances=True).services:  # what a source says beside it
            said = _DAYS.findall(ascii_digits(service.days_source or ""))
            self._days |= {int(days) for days in said}
        self._amounts = fees | {fee + CHARGE_BDT for fee in fees}
        due_on = add_working_days(dhaka_date(datetime.now(UTC)), INVENTED_DAYS)
        self._due_on = [day(due_on, language) for language in get_args(Language)]
        # Not the digits that stand in an id.
        self._invented = re.compile(rf"(?<![0-9a-f-]){INVENTED_BDT}(?![0-9a-f-])")

    def wrong_in(self, place: str, text: str) -> list[str]:
        """What a text says that nobody published."""
        plain = ascii_digits(text).replace(",", "")
        written = _AMOUNT.findall("" if place.endswith(_SUM) else plain)
        amounts = {int(en or bn) for en, bn in written}
        days = {int(found) for found in _DAYS.findall(plain)}
        return [
            *(due_on for due_on in self._due_on if due_on in text),
            *(f"{amount} taka" for amount in sorted(amounts - self._amounts)),
            *(f"{count} working days" for count in sorted(days - self._days)),
            *self._invented.findall(plain),
        ]


async def crawl(browser: Browser, begin: Iterable[str]) -> dict[str, str]:
    """The texts of all kinds of pages that links lead to, by path; nothing is changed."""
    waiting, found, kinds = list(begin), dict[str, str](), collections.Counter[str]()
    while waiting:
        path = waiting.pop()
        kind = _OF_ONE.sub(r"/\1/*", path)
        if path in found or kinds[kind] == ALIKE or _LEFT_OUT.search(path):
            continue
        kinds[kind] += 1
        page = await browser.open(path)
        assert page.status < 500, (path, page.status)
        found[path] = unescape(_TAG.sub(" ", page.html))
        waiting += inside(page)
    return found


def inside(page: Page) -> list[str]:
    """The paths of the same site to which a page leads."""
    parts = [urlsplit(link) for link in page.links]
    return [part.path for part in parts if not part.netloc and part.path.startswith("/")]


async def at_desk(platform: Platform, person: Counter) -> Browser:
    """A browser in which a person of staff is logged in."""
    browser = Browser(platform.http, platform.plan.url("desk"), {})
    page = await browser.open("/login")
    typed = {"username": person.username, "password": PASSWORD, "code": await person.app_code()}
    await browser.send(page, page.form("username"), typed)
    return browser


async def apply_at_counter(
    platform: Platform, counter: Counter, scenarios: Sequence[Scenario]
) -> PortalCitizen:
    """Apply at the counter, with each kind of consent in turn; return who has an own phone."""
    officer = await staff_of("officer", counter.api, command_of(platform))
    helped = portal_citizen(platform)
    for scenario, kind in zip(scenarios, cycle(get_args(ConsentKind)), strict=False):
        citizen = AssistedCitizen(
            counter.api,
            counter,
            platform.ledger,
            platform.tracing("citizen"),
            traced=False,
            kind=kind,
            officer=officer if kind == "witness" else None,
        )
        await citizen.apply(scenario.public_service_id, scenario.form)
        if kind == "own_phone":
            helped.phone = citizen.phone
    await helped.log_in()
    return helped


async def apply_on_pages(platform: Platform, scenarios: Sequence[Scenario]) -> PortalCitizen:
    """Apply on the pages, as a citizen with a phone of her own; return her."""
    citizen = portal_citizen(platform)
    await citizen.log_in()
    for scenario in scenarios:
        await citizen.apply(scenario.public_service_id, scenario.form)
    return citizen


def of_each_kind(
    services: Sequence[PublicService], scenarios: Sequence[Scenario]
) -> Sequence[Scenario]:
    """Public services with and without a published fee and time, without papers."""
    basis = {service.public_service_id: service for service in services}
    chosen: dict[tuple[str, str], Scenario] = {}
    for scenario in scenarios:
        service = basis[scenario.public_service_id]
        if not scenario.needs_a_paper:
            chosen.setdefault((service.fee_basis, service.days_basis), scenario)
    return list(chosen.values())


async def looked_at(
    platform: Platform, counter: Counter, citizens: Mapping[str, PortalCitizen]
) -> dict[str, str]:
    """The texts of the pages that anybody reaches, by who looks and their path."""
    stranger = Browser(platform.http, platform.plan.url("portal"), {})
    seen = {"stranger": await crawl(stranger, ("/", "/en"))}
    for name, citizen in citizens.items():
        begin = ("/applications", "/en/applications", "/helpers", "/en/helpers")
        seen[name] = await crawl(citizen.browser, begin)
        sent = {tracking_number_in(path) for path in seen[name]} - {""}
        assert sent, name
        seen[name] |= await crawl(
            citizen.browser, (f"/applications/{number}/confirmation" for number in sent)
        )
    sql = "SELECT mandate_id, public_service_id FROM mandates WHERE state = 'used'"
    used = await platform.rows("identity", sql)
    receipts = [
        "/counter",
        *(f"/en/counter/mandates/{row['mandate_id']}/receipt" for row in used),
        *(f"/counter/mandates/{row['mandate_id']}/receipt" for row in used),
        *(f"/counter/new/{row['public_service_id']}" for row in used),
    ]
    seen["counter"] = await crawl(await at_desk(platform, counter), receipts)
    for role in ("programme", "leadership"):
        person = await staff_of(role, counter.api, command_of(platform))
        seen[role] = await crawl(await at_desk(platform, person), ("/", "/en"))
    return {f"{who} {path}": text for who, pages in seen.items() for path, text in pages.items()}


async def test_nothing_that_nobody_published_is_said_in_a_whole_run(
    platform: Platform, known: list[PublicService], behave: Callable[..., Awaitable[None]]
) -> None:
    """No SMS, page, print, receipt, price list or hand-over has an invented fee or time."""
    await behave(decision_delay_ms=100, correction_rate=0.2, refusal_rate=0.3)
    api = Api(platform.http, platform.plan.url("gateway"))
    counter = await Counter.opened(api, "gulshan", command_of(platform))
    chosen = of_each_kind(known, await load_scenarios(api))
    citizens = {
        "helped": await apply_at_counter(platform, counter, chosen),
        "citizen": await apply_on_pages(platform, chosen),
    }
    texts = await looked_at(platform, counter, citizens)
    for topic in (HOSTED_SUBMISSIONS, DESK_SUBMISSIONS):
        for record in await records_of(platform.kafka, topic.name):
            texts[f"hand-over {record.partition} {record.offset}"] = (record.value or b"").decode()
    for row in await platform.ledger.messages():
        texts[f"SMS {row['n']}"] = row["text"]
    look = Look(known)
    wrong = {place: found for place, text in texts.items() if (found := look.wrong_in(place, text))}
    assert not wrong, sorted(wrong.items())
    kinds = {place.partition(" ")[0] for place in texts}
    assert kinds == {
        "stranger",
        *citizens,
        "counter",
        "programme",
        "leadership",
        "hand-over",
        "SMS",
    }
