"""A virtual uddokta at a service centre, and virtual citizens who are helped there."""

import asyncio
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pyotp
from joserfc.jwk import ECKey
from typing_extensions import override

from libs.contracts.mandates import ConsentKind
from libs.ids import new_id
from libs.telemetry.tracing import Tracing
from libs.web.callers.dpop import make_proof
from tools.embedded.server import CHECKOUT
from tools.virtual_users.citizen import Accepted, Api, Citizen, Codes, NotServed
from tools.virtual_users.forms import FEE_DAY, names_papers, with_paper
from tools.virtual_users.pages import Form
from tools.virtual_users.photo import as_form, photo

Command = Callable[[Sequence[str]], str]
"""Runs a command for operators, such as `admin identity …`, and returns what it prints."""

CENTRES: Final = ("gulshan", "uttara")
"""The centres of the pilot that run."""
PASSWORD: Final = "river lantern seventeen maps"  # noqa: S105
_CODE_TIMEOUT_S: Final = 60.0
_GIVE_UP_AFTER_S: Final = 120.0
_PAUSE_S: Final = 0.5
_LOGIN_LASTS_S: Final = 600.0
_STEP_S: Final = 30
_TOLD_FEE_BDT: Final = 100
_PIN: Final = "4321"
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(slots=True)
class Counter:
    """An uddokta who is logged in on an enrolled device.

    Args:
        api: the public API.
        token: of the uddokta.
        username: of the uddokta.
        secret: of the uddokta's app.
        key: of the device.
        step: of the app's last code, in half minutes since 1970.
        unsure: numbers of papers of which no answer came: a print may be recorded, yet none is
            in the hand.
    """

    api: Api
    token: str
    username: str = ""
    secret: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    step: int = 0
    unsure: set[str] = field(default_factory=set)

    @classmethod
    async def opened(cls, api: Api, centre: str, run: Command) -> "Counter":
        """Create an uddokta and a device of a centre by command, and log in.

        Raises:
            NotServed: the platform refused something.
        """
        username = f"uddokta-{secrets.token_hex(4)}"
        made = await asyncio.to_thread(
            run,
            [
                "admin", "identity", "uddoktas", "create", username, "--by", "demo",
                "--first-name-bn", "রহিম", "--first-name-en", "Rahim", "--centre", centre,
                "--licence", username, "--licence-from", "2026-01-01",
                "--licence-until", "2099-12-31", "--certificate", username,
                "--certificate-until", "2099-12-31",
                "--phone", f"019{secrets.randbelow(10**8):08d}",
            ]
        )  # fmt: skip
        added = await asyncio.to_thread(
            run,
            [
                "admin",
                "identity",
                "centres",
                "add-device",
                centre,
                "--by",
                "demo",
                "--name",
                username,
            ],
        )
        counter = cls(api, "", username, secret_in(made))
        token = await counter.change_password(line_after(made, "initial password"))
        enrolment = {"enrolment_code": line_after(added, "type this")}
        await counter.post("/v1/devices/enrolments", enrolment, status=201)
        counter.token = token
        return counter

    async def change_password(self, initial: str) -> str:
        """Replace the initial password by `PASSWORD`, and return an access token.

        After a lost answer the initial password may be gone already; then the new one logs in.

        Raises:
            NotServed: both were refused.
        """
        proofs = {"username": self.username, "password": initial, "code": await self.app_code()}
        try:
            answer = await self.post("/v1/staff/password", proofs | {"new_password": PASSWORD})
        except NotServed:
            proofs |= {"password": PASSWORD, "code": await self.app_code()}
            answer = await self.post("/v1/staff/login", proofs)
        return str(answer["access_token"])

    async def app_code(self) -> str:
        """Return a code of the app that was not used yet; the next one is accepted a step early."""
        self.step = max(int(time.time() / _STEP_S), self.step + 1)
        await asyncio.sleep((self.step - 1) * _STEP_S - time.time())
        return str(pyotp.TOTP(self.secret).at(self.step * _STEP_S))

    async def post(
        self,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        mandate_token: str = "",
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> dict[str, Any]:
        """Post with a proof of the device; a lost answer is asked for again with a new proof.

        Raises:
            NotServed: it was refused, or there is no answer in two minutes.
        """
        until_s = time.monotonic() + _GIVE_UP_AFTER_S
        while True:
            try:
                answered, reply = await self._post_once(
                    path, body, mandate_token, headers or {}, content
                )
            except NotServed:
                if time.monotonic() >= until_s:
                    raise
                await asyncio.sleep(_PAUSE_S)
                continue
            if answered != status:
                pointers = [error["pointer"] for error in reply.get("errors", [])]
                raise NotServed(f"POST {path}: {answered} {reply.get('type', '')} {pointers}")
            return reply

    async def _post_once(
        self,
        path: str,
        body: Any,
        mandate_token: str,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> tuple[int, dict[str, Any]]:
        sent = {**headers, **self._proved("POST", path, mandate_token)}
        if not mandate_token:
            sent.pop("authorization")
            sent |= {"authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.api.request(
            "POST", path, headers=sent, body=body, content=content, give_up_after_s=0.0
        )

    async def log_in(self) -> None:
        """Log in again.

        Raises:
            NotServed: it was refused.
        """
        body = {"username": self.username, "password": PASSWORD, "code": await self.app_code()}
        self.token = (await self.post("/v1/staff/login", body))["access_token"]

    async def stay_logged_in(self) -> None:
        """Log in again every ten minutes, before the access token expires; ends when cancelled."""
        while True:
            await asyncio.sleep(_LOGIN_LASTS_S)
            with suppress(NotServed):
                await self.log_in()

    async def read(self, path: str) -> dict[str, Any]:
        """Read a resource.

        Raises:
            NotServed: it was refused.
        """
        headers = {"authorization": f"Bearer {self.token}"}
        status, answer = await self.api.request("GET", path, headers=headers)
        if status != 200:
            raise NotServed(f"GET {path}: {status} {answer.get('type', '')}")
        return answer

    async def tell(self) -> set[str]:
        """Tell citizens without a phone the ministries' news; return the tracking numbers.

        Raises:
            NotServed: it was refused.
        """
        waiting = (await self.read("/v1/assisted-news"))["items"]
        for news in waiting:
            await self.post(f"/v1/assisted-news/{news['news_id']}/telling")
        return {news["tracking_number"] for news in waiting}

    async def print_papers(self, tracking_number: str) -> set[str]:
        """Print the papers about what was sent here that nobody printed; return their numbers.

        Raises:
            NotServed: it was refused, or there is no answer.
        """
        path = f"/v1/assisted-applications/{tracking_number}/papers"
        token = (await self.post(f"{path}/tokens"))["access_token"]
        headers = self._proved("GET", path, token)
        status, answer = await self.api.request("GET", path, headers=headers, give_up_after_s=0.0)
        if status != 200:
            raise NotServed(f"GET {path}: {status} {answer.get('type', '')}")
        papers = [
            paper["number"]
            for paper in answer["items"]
            if paper["state"] == "valid" and (not paper["prints"] or paper["number"] in self.unsure)
        ]
        self.unsure |= set(papers)
        done = {number for number in papers if await self._print(f"{path}/{number}/prints", token)}
        self.unsure -= done
        return done

    async def _print(self, path: str, token: str) -> bool:
        """Print a paper; return whether it came as a PDF."""
        headers = self._proved("POST", path, token)
        try:
            async with self.api.http.post(self.api.url + path, headers=headers) as reply:
                return (await reply.read()).startswith(b"%PDF-")
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _proved(self, method: str, path: str, token: str) -> dict[str, str]:
        """Return the headers of a request with a token that is bound to the device."""
        proof = make_proof(
            self.key,
            method,
            self.api.url + path,
            proof_id=str(new_id()),
            now_s=time.time(),
            token=token or None,
        )
        return {"authorization": f"DPoP {token}", "dpop": proof}

    async def witness(self, number: str) -> None:
        """Confirm as an officer the consent under a number, after a login if it is needed.

        Raises:
            NotServed: it was refused.
        """
        asked = await self.read(f"/v1/witness-requests/{number}")
        path = f"/v1/mandates/{asked['mandate_id']}/witness"
        try:
            await self.post(path)
        except NotServed as failure:
            if "recent_login_needed" not in str(failure):
                raise
            await self.log_in()
            await self.post(path)


class AssistedCitizen(Citizen):
    """A citizen who is helped at a counter.

    Args:
        api: the public API.
        counter: where she is helped.
        codes: where her codes arrive.
        tracing: makes the span of the visit.
        traced: whether the visit is sampled.
        kind: of her consent; her phone is then her own, a guardian's, or shared.
        officer: before whom she consents without a phone.
    """

    def __init__(  # noqa: PLR0913
        self,
        api: Api,
        counter: Counter,
        codes: Codes,
        tracing: Tracing,
        *,
        traced: bool = True,
        kind: ConsentKind = "own_phone",
        officer: Counter | None = None,
    ) -> None:
        super().__init__(api, codes, tracing, traced=traced)
        self.kind: ConsentKind = kind
        self.counter = counter
        self._officer = officer

    @override
    async def log_in(self) -> None:
        """Do nothing: she has never logged in, and comes to the centre."""

    @override
    async def apply(self, public_service_id: str, form: dict[str, Any]) -> Accepted:
        """Consent to the help with an application, which the uddokta sends.

        Raises:
            NotServed: something was refused.
        """
        number = "1234567890" if "birth_number" in form else birth_number()
        mandate_id = await consent(
            self.counter,
            self,
            public_service_id,
            self._codes,
            more=self._without_own_phone(number),
            officer=self._officer,
        )
        path = f"/v1/mandates/{mandate_id}"
        headers = dict(self.headers)
        token = (await self.counter.post(f"{path}/tokens", headers=headers))["access_token"]
        body = await self._with_paper(path, token, form)
        clicked_at, clicked_s = datetime.now(UTC), time.perf_counter()
        accepted = await self.counter.post(
            f"{path}/application",
            body,
            status=201,
            mandate_token=token,
            headers={**headers, "idempotency-key": mandate_id},
        )
        answered_in_s = time.perf_counter() - clicked_s
        self._visit.end()
        return Accepted(
            tracking_number=accepted["tracking_number"],
            application_id=accepted["application_id"],
            clicked_at=clicked_at,
            answered_in_s=answered_in_s,
            trace_id=self._trace_id,
            papers=len(body["documents"]),
            is_told_by_sms=self.kind != "witness",
        )

    def _without_own_phone(self, number: str) -> dict[str, Any]:
        """Return an uddokta's input for a citizen who has no phone of her own."""
        if self.kind == "own_phone":
            return {}
        named = {"consent": self.kind, "number": number, "applicant": "রহিমা খাতুন"}
        return {**named, "phone": None} if self.kind == "witness" else named

    async def _with_paper(self, path: str, token: str, form: dict[str, Any]) -> dict[str, Any]:
        """Return the body of an application; the paper that its form names is uploaded first."""
        kind = next((name for name, answer in form.items() if names_papers(answer)), None)
        if kind is None:
            return {"form": form, "documents": []}
        media_type, content = as_form(kind, photo())
        paper = await self.counter.post(
            f"{path}/documents",
            status=201,
            mandate_token=token,
            headers={**self.headers, "content-type": media_type},
            content=content,
        )
        return {"form": with_paper(form, paper["document_id"]), "documents": [paper["receipt"]]}


async def consent(
    counter: Counter,
    citizen: Citizen,
    public_service_id: str,
    codes: Codes,
    *,
    more: Mapping[str, Any] = _NOTHING,
    officer: Counter | None = None,
) -> str:
    """Have a citizen consent, with the code on a phone or before an officer; return the mandate.

    Args:
        counter: where she is helped.
        citizen: who consents.
        public_service_id: what she came for.
        codes: where codes arrive.
        more: what is entered of a citizen without a phone of her own.
        officer: before whom she consents without any phone.

    Raises:
        NotServed: something was refused, or not answered in time.
        NoCode: no code came.
    """
    headers = dict(citizen.headers)
    wanted: dict[str, Any] = {"public_service_id": public_service_id, "phone": citizen.phone}
    _, service = await citizen.get(f"/v1/services/{public_service_id}")
    wanted |= {**answers_on_fee(service["fee"]), **more}
    mandate = await counter.post("/v1/mandates", wanted, status=201, headers=headers)
    if officer is not None and wanted["phone"] is None:
        await officer.witness(mandate["witness_number"])
        return str(mandate["mandate_id"])
    code = await codes.code_for(citizen.phone, within_s=_CODE_TIMEOUT_S)
    path = f"/v1/mandates/{mandate['mandate_id']}/consent"
    pin = {"pin": _PIN} if more.get("consent") == "shared_phone" else {}
    try:
        await counter.post(path, {"code": code, **pin}, headers=headers)
    except NotServed as failure:
        if "mandate_consented_before" not in str(failure):  # the answer was lost
            raise
    return str(mandate["mandate_id"])


async def open_counters(api: Api, run: Command) -> list[Counter]:
    """Let an uddokta begin to work at each of the centres that run.

    Raises:
        NotServed: the platform refused something.
    """
    return [await Counter.opened(api, centre, run) for centre in CENTRES]


def birth_number() -> str:
    """Return a birth registration number."""
    return f"1990{secrets.randbelow(10**13):013d}"


async def new_staff(role: str, api: Api, run: Command) -> tuple[Counter, str]:
    """Create an account of staff without a device; return it, and its initial password.

    Args:
        role: such as `programme`.
        api: the public API.
        run: runs a command for operators.
    """
    username = f"{role}-{secrets.token_hex(4)}"
    command = ["admin", "identity", "create-staff", "--role", role]
    command += ["--username", username, "--by", "t"]
    command += ["--ministry", "lgd"] if role == "officer" else []
    made = await asyncio.to_thread(run, command)
    return Counter(api, "", username, secret_in(made)), line_after(made, "initial password")


async def staff_of(role: str, api: Api, run: Command) -> Counter:
    """Create a person of staff as `new_staff`, who has chosen a password and is logged in."""
    person, initial = await new_staff(role, api, run)
    person.token = await person.change_password(initial)
    return person


def answers_on_fee(fee: Mapping[str, Any]) -> dict[str, Any]:
    """Return an uddokta's answers about a fee: its day or case, or the office's amount."""
    from_office = {"fee_bdt": _TOLD_FEE_BDT}
    if fee["claim"]["status"] != "sourced":
        return from_office
    if fee["decided_by"]:
        return {"fee_date": FEE_DAY}
    if not fee["cases"]:
        return {}
    case = fee["cases"][0]
    return {"fee_case": case["case"], **(from_office if case["amount_bdt"] is None else {})}


def typed_on_fee(asked: Form) -> dict[str, str]:
    """Return an uddokta's input about the fee, on the page that asks for the consent."""
    year, month, day = FEE_DAY.split("-")
    answers = {
        "fee": str(_TOLD_FEE_BDT),
        "case": next(iter(asked.controls.get("case", ())), ""),
        "day": day,
        "month": month,
        "year": year,
    }
    typed = {name: value for name, value in answers.items() if name in asked.controls}
    if "case" in typed:
        typed.pop("fee", None)  # the first case has a published amount
    return typed


def line_after(printed: str, begin: str) -> str:
    """Return the line after the one that begins so."""
    lines = printed.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith(begin))
    return lines[place + 1].strip()


def secret_in(printed: str) -> str:
    """Return the secret in the printed address with which an app is set up."""
    (address,) = re.findall(r"otpauth://\S+", printed)
    secret: str = parse_qs(urlsplit(address).query)["secret"][0]
    return secret


def command_with(environment: Mapping[str, str], *, tree: Path = CHECKOUT) -> Command:
    """Return a function that runs operators' commands with the settings of an environment.

    Args:
        environment: of the command.
        tree: the top of the code that runs.
    """

    def run(arguments: Sequence[str]) -> str:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "services", *arguments],
            env={**environment, "PYTHONPATH": str(tree)},
            cwd=tree,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        printed: str = done.stdout
        return printed

    return run
