"""A walk through every page of the desk, as an uddokta and a person of the programme take it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from playwright.async_api import FilePayload, Page

from tools.virtual_users.citizen import Codes
from tools.virtual_users.counter import (
    PASSWORD,
    Command,
    Counter,
    line_after,
    typed_on_fee,
)
from tools.virtual_users.pages import Form, filled, papers_named, read_page
from tools.virtual_users.photo import photo

BIRTH: Final = "S001"
"""A public service whose form has papers."""
TAX_NUMBER: Final = "S031"
"""One whose form has none."""
_CODE_WITHIN_S: Final = 60.0
_POSTED: Final = 'main form[method="post"] button:not([name="areas"])'


class DeskWalk:
    """A walk through every page of the desk, in a real browser.

    Args:
        page: of a browser.
        url: base URL of the desk.
        codes: where the citizens' codes arrive.
        run: runs a command for operators.
        answers: to the forms that are sent, by public service.
    """

    def __init__(
        self,
        page: Page,
        url: str,
        codes: Codes,
        run: Command,
        answers: Mapping[str, dict[str, Any]],
    ) -> None:
        self._page = page
        self._url = url
        self._codes = codes
        self._run = run
        self._answers = answers

    async def counter(self, uddokta: Counter) -> AsyncIterator[str]:
        """Go through the pages of the counter; at each the browser stands on it."""
        await self._open("/login")
        yield "login"
        await self._send("button")
        yield "login-error"
        await self._log_in(uddokta.username, await uddokta.app_code())
        yield "counter-without-device"
        await self._open("/counter/device")
        await self._page.fill("#code", "wrong")
        await self._send("main button")
        yield "device-error"
        await self._page.fill("#code", await device_code(self._run, "uttara"))
        await self._send("main button")
        yield "device-enrolled"
        await self._send("main button")
        await self._send("main button")
        await self._page.locator("main a.button").click()
        await self._page.wait_for_url(f"{self._url}/counter")
        for name, path in {
            "counter": "/counter",
            "search": "/counter/new?q=tin",
            "new": f"/counter/new/{TAX_NUMBER}",
            "new-fee": "/en/counter/new/S020",
            "account": "/en/counter/account",
            "news": "/counter/news",
            "print": "/counter/papers",
            "print-error": "/en/counter/papers/NS-XYRKE-W8M24-RJ3H3",
            "appeal-error": "/en/counter/appeals/NS-XYRKE-W8M24-RJ3H3",
            "counter-english": "/en/counter",
        }.items():
            await self._open(path)
            yield name
        async for name in self._mandate():
            yield name
        async for name in self._with_papers():
            yield name

    async def _with_papers(self) -> AsyncIterator[str]:
        """Send a form with papers; the script shows the next part on the same page."""
        await self._consented(BIRTH, "01766666667")
        answers = self._answers[BIRTH]
        wrong = iter((b"no photo",))
        while await self._page.locator("input[name=key]").count() == 0:
            shown = await self._fill(answers)
            missing = papers_named(shown, answers).keys() - set(shown.buttons.get("without", ()))
            if not missing:
                await self._send(".buttons button")
                continue
            await self._page.click(f'button[name="paper"][value="{min(missing)}"]')
            for content in wrong:
                yield "paper"
                await self._upload(content)
                await self._page.locator(".errors").wait_for()
                yield "paper-error"
            await self._upload(photo())
            await self._page.locator(f'button[name="without"][value="{min(missing)}"]').wait_for()
            yield "paper-given"
        await self._page.locator("main", has_text="photo.png").wait_for()
        yield "check-papers"
        await self._send(".buttons button")
        yield "payment-receipt-papers"

    async def _consented(self, service_id: str, phone: str) -> None:
        """Get the consent of a citizen, and open the form."""
        await self._open(f"/counter/new/{service_id}")
        await self._page.fill("#phone", phone)
        await self._type_fee()
        await self._send("main button")
        code = await self._codes.code_for(f"+88{phone}", within_s=_CODE_WITHIN_S)
        await self._page.fill("#code", code)
        await self._send("main button")
        await self._page.goto(f"{self._page.url}/form")

    async def _type_fee(self) -> None:
        """Answer the page's questions about the fee."""
        page = read_page(self._page.url, 200, await self._page.content(), {})
        for control, value in typed_on_fee(page.form("phone")).items():
            await self._type(control, value)

    async def _upload(self, content: bytes) -> None:
        file = FilePayload(name="photo.png", mimeType="image/png", buffer=content)
        await self._page.set_input_files("#file", file)
        await self._page.click("form[data-upload] button")

    async def _fill(self, answers: dict[str, Any]) -> Form:
        """Type the answers of the section that is shown; return its form."""
        page = read_page(self._page.url, 200, await self._page.content(), {})
        for control, value in filled(page.form("shown"), answers).items():
            await self._type(control, value)
        return page.form("shown")

    async def _mandate(self) -> AsyncIterator[str]:
        phone = "01766666666"
        await self._open(f"/counter/new/{TAX_NUMBER}")
        await self._send("main button")
        yield "new-error"
        await self._page.fill("#phone", phone)
        await self._type_fee()
        await self._send("main button")
        yield "mandate"
        await self._page.fill("#code", "000001")
        await self._send("main button")
        yield "mandate-error"
        code = await self._codes.code_for(f"+88{phone}", within_s=_CODE_WITHIN_S)
        await self._page.fill("#code", code)
        await self._send("main button")
        yield "active"
        await self._page.goto(f"{self._page.url}/form")
        await self._send(".buttons button")
        yield "section-error"
        while await self._page.locator("input[name=key]").count() == 0:
            await self._fill(self._answers[TAX_NUMBER])
            await self._send(".buttons button")
            yield "section"
        yield "check"
        await self._send(".buttons button")
        yield "payment-receipt"

    async def nothing_yet(self, person: Counter, initial: str) -> AsyncIterator[str]:
        """Log a person in for the first time who has no work here yet.

        Args:
            person: a new account.
            initial: its password.
        """
        await self._open("/login")
        await self._log_in(person.username, await person.app_code(), initial)
        yield "password"
        await self._send("main form button")
        yield "password-error"
        await self._page.fill("#password", initial)
        await self._page.fill("#new_password", PASSWORD)
        await self._page.fill("#new_password_again", PASSWORD)
        await self._page.fill("#code", await person.app_code())
        await self._send("main form button")
        yield "nothing-yet"
        await self._open("/en/passkeys")
        yield "passkeys"
        await self._open("/en")
        yield "nothing-yet-english"
        await self._send("main form button")

    async def witness(self, officer: Counter) -> AsyncIterator[str]:
        """Go through the pages of an officer before whom a citizen consents."""
        await self._open("/login")
        await self._log_in(officer.username, await officer.app_code())
        yield "witness"
        await self._page.fill("#number", "1")
        await self._send("main button")
        yield "witness-error"
        await self._open("/en/witness?done=yes")
        yield "witness-english"
        await self._open("/absences")
        yield "absences"

    async def programme(self, person: Counter) -> AsyncIterator[str]:
        """Go through the pages of the programme's staff."""
        await self._open("/login")
        await self._log_in(person.username, await person.app_code())
        yield "programme"
        for name, path in {
            "programme-english": "/en/programme?sort=name",
            "flags": "/programme/flags",
            "feedback": "/en/programme/feedback?service=S031&month=2026-11",
            "unmanned": "/en/cases/unmanned",
            "stuck": "/leadership/stuck",
            "office-of-grievances": "/en/programme/offices/new?grievances=mora",
            "uddoktas": "/programme/uddoktas",
        }.items():
            await self._open(path)
            yield name
        await self._page.click("tbody a")
        await self._send("main form button")
        yield "sanctions-error"
        await self._page.fill("#reason", "complaints are being looked into")
        await self._send("main form button")
        yield "sanctions"
        for part in (self._centre, self._uddokta, self._office, self._bodies):
            async for name in part(person.username):
                yield name
        async for name in self._accounts(person.username):
            yield name
        async for name in self._own_account(person.username):
            yield name

    async def _centre(self, username: str) -> AsyncIterator[str]:
        """Make a centre, and go through its pages."""
        await self._open("/programme/centres/new")
        yield "new-centre-district"
        await self._open("/programme/centres/new?district=3026")
        yield "new-centre"
        await self._send(_POSTED)
        yield "new-centre-error"
        centre_id = f"of-{username}"[:40]
        typed = {
            "service_centre_id": centre_id,
            "name_bn": "মিরপুর নাগরিক সেবা কেন্দ্র",
            "name_en": "Mirpur Nagorik Sheba Centre",
            "address_bn": "মিরপুর ১০ গোলচত্বর, ঢাকা",
            "address_en": "Mirpur 10 roundabout, Dhaka",
        }
        await self._fill_in(typed)
        await self._page.select_option("#area", "30262500")
        await self._send(_POSTED)
        yield "centre"
        page = f"/programme/centres/{centre_id}"
        for name, path in {
            "centre-english": f"/en{page}",
            "centre-change": f"/en{page}/change",
            "prices": f"{page}/prices",
        }.items():
            await self._open(path)
            yield name
        await self._page.click("tbody a")
        await self._page.fill("#charge_bdt", "1000")
        await self._send(_POSTED)
        yield "price-error"
        await self._open("/programme/centres/uttara/devices")
        removal = self._page.locator('main a[href$="/removal"]').first
        if await removal.count():
            await removal.click()
            yield "device-removal"

    async def _uddokta(self, _: str) -> AsyncIterator[str]:
        """Look for uddoktas, and go through the pages of one."""
        await self._open("/en/programme/uddoktas?q=nobody")
        yield "uddoktas-none"
        await self._open("/programme/uddoktas?centre=uttara")
        yield "uddoktas-of-centre"
        await self._page.click("tbody a")
        yield "uddokta"
        page = self._page.url
        await self._page.goto(f"{page}/licence")
        await self._page.fill("#licence_until", "")
        await self._send(_POSTED)
        yield "licence-error"
        await self._page.goto(f"{page}/centre")
        yield "move"

    async def _office(self, username: str) -> AsyncIterator[str]:
        """Make an office with an officer, and go through their pages."""
        await self._open("/programme/offices/new")
        await self._send(_POSTED)
        yield "new-office-error"
        office_id = f"of-{username}"
        names = {"name_bn": "মিরপুর ভূমি অফিস", "name_en": "Mirpur land office"}
        await self._fill_in({"office_id": office_id, **names})
        await self._page.select_option("#kind", "land_office")
        await self._page.select_option("#ministry", "minland")
        await self._send(_POSTED)
        yield "office"
        await self._open("/en/programme/offices")
        yield "offices"
        async for name in self._officer(username, office_id):
            yield name

    async def _officer(self, username: str, office_id: str) -> AsyncIterator[str]:
        """Open an officer's account at an office, and go through the officer's pages."""
        await self._open(f"/programme/new/officer?q={office_id}")
        await self._page.fill("#username", f"{username}-o")
        await self._send(_POSTED)
        await self._open(f"/programme/officers?q={username}")
        yield "officers"
        await self._page.click("tbody a")
        yield "officer"
        page = self._page.url
        await self._page.goto(f"{page}/absences")
        yield "officer-absences"
        await self._page.goto(f"{page}/dismissal")
        yield "officer-dismissal"
        await self._page.goto(page.replace("/officers/", "/accounts/"))
        yield "account-of-officer"
        await self._page.locator('main a[href$="/removal"]').click()
        yield "role-removal"

    async def _bodies(self, _: str) -> AsyncIterator[str]:
        """Go through the pages of ministries and divisions."""
        for name, path in {
            "bodies": "/programme/bodies",
            "bodies-none": "/en/programme/bodies?show=reached&q=zzzz",
            "body": "/programme/bodies/minland",
        }.items():
            await self._open(path)
            yield name
        for kind in ("letter_sent", "list_received"):
            await self._open(f"/programme/bodies/minland/facts/{kind}")
            await self._send(_POSTED)
            yield f"fact-{kind}-error"

    async def operator(self, operator: Counter, number: str) -> AsyncIterator[str]:
        """Go through the pages of operators.

        Args:
            operator: who logs in.
            number: of an application whose journey is looked at.
        """
        await self._open("/login")
        await self._log_in(operator.username, await operator.app_code())
        yield "journeys"
        await self._send(_POSTED)
        yield "journeys-error"
        for name, path in {"journey": "/journeys/", "journey-english": "/en/journeys/"}.items():
            await self._open(f"{path}{number}")
            yield name
        for name, path in {
            "operations": "/operations",
            "operations-english": "/en/operations",
            "system": "/operations/systems/lgd",
            "letters": "/operations/ministries/dead-letters?destination=lgd",
            "journal": "/en/operations/ministries/journal",
        }.items():
            await self._open(path)
            yield name
        await self._open("/en/operations/systems/lgd")
        await self._send(_POSTED)
        yield "system-error"
        async for name in self._publications():
            yield name

    async def _publications(self) -> AsyncIterator[str]:
        """Go through the pages of what two people publish, and of moves to a later version."""
        for name, path in {
            "publications": "/publications",
            "publication": "/publications/workflow/S005",
            "publication-draft": "/publications/workflow/S005/draft",
            "publication-trial": "/en/publications/workflow/S005/trial",
            "year": "/en/publications/year/2026",
            "year-draft": "/publications/year/2026/draft",
            "version-changes-english": "/en/version-changes",
            "version-changes": "/version-changes",
            "moves-english": "/en/moves",
        }.items():
            await self._open(path)
            yield name
        await self._send(_POSTED)
        yield "version-changes-error"

    async def _fill_in(self, typed: Mapping[str, str]) -> None:
        for control, value in typed.items():
            await self._page.fill(f"#{control}", value)

    async def _accounts(self, username: str) -> AsyncIterator[str]:
        """Go through the pages of accounts, proposals and devices."""
        for name, path in {
            "accounts": "/programme/accounts",
            "new-officer": "/en/programme/new/officer",
        }.items():
            await self._open(path)
            yield name
        for name, path in {
            "new-uddokta-error": "/programme/new/uddokta",
            "new-programme-error": "/en/programme/new/programme",
        }.items():
            await self._open(path)
            await self._send("main form button")
            yield name
        await self._page.fill("#username", f"{username}-2")
        await self._page.fill("#reason", "a new colleague")
        await self._send("main form button")
        yield "proposals"
        await self._open("/programme/centres/uttara/devices")
        yield "devices"
        await self._page.fill("#name", "counter 2")
        await self._send("main form button")
        yield "shown-once"
        await self._open("/en/programme/shown")
        yield "shown-before"

    async def _own_account(self, username: str) -> AsyncIterator[str]:
        """Go through the pages of an own account and of another one's beginning."""
        await self._open("/programme/accounts")
        await self._page.click(f'tbody a:text-is("{username}")')
        yield "account-own"
        await self._open("/programme/accounts")
        await self._page.locator("tbody tr", has_text="উদ্যোক্তা").locator("a").first.click()
        await self._send("main form button")
        yield "account-error"
        await self._open("/account")
        yield "account-of-mine"
        await self._open("/en/confirm")
        yield "confirm"
        await self._send("main form button")
        yield "confirm-error"

    async def _log_in(self, username: str, code: str, password: str = PASSWORD) -> None:
        await self._page.fill("#username", username)
        await self._page.fill("#password", password)
        await self._page.fill("#code", code)
        await self._send("main button")

    async def _type(self, control: str, value: str) -> None:
        found = self._page.locator(f'[name="{control}"]')
        match await found.first.get_attribute("type"):
            case "radio" | "checkbox":
                await self._page.check(f'[name="{control}"][value="{value}"]')
            case "hidden":
                return
            case _ if await found.first.evaluate("e => e.tagName") == "SELECT":
                await found.first.select_option(value)
            case _:
                await found.first.fill(value)

    async def _open(self, path: str) -> None:
        await self._page.goto(f"{self._url}{path}")

    async def _send(self, button: str) -> None:
        async with self._page.expect_navigation():
            await self._page.locator(f"{button}:not(.unseen):not(.link)").first.click()


async def device_code(run: Command, centre: str) -> str:
    """Return a code with which a browser is enrolled as a device of a centre."""
    command = ["admin", "identity", "centres", "add-device", centre, "--by", "t", "--name", "d"]
    return line_after(await asyncio.to_thread(run, command), "type this")
