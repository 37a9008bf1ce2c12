"""A virtual uddokta at a service centre, and virtual citizens who are helped there."""

import asyncio
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pyotp
from joserfc.jwk import ECKey
from typing_extensions import override

from libs.ids import new_id
from libs.telemetry.tracing import Tracing
from libs.web.dpop import make_proof
from tools.embedded.server import CHECKOUT
from tools.virtual_users.citizen import Accepted, Api, Citizen, Codes, NotServed
from tools.virtual_users.forms import names_papers, with_paper
from tools.virtual_users.photo import as_form, photo

Command = Callable[[Sequence[str]], str]
"""Runs a command for operators, such as `admin identity …`, and returns what it prints."""

PASSWORD: Final = "river lantern seventeen maps"  # noqa: S105
_CODE_TIMEOUT_S: Final = 60.0
_ATTEMPTS: Final = 3
_OTHER_FEE_BDT: Final = 100


@dataclass(slots=True)
class Counter:
    """An uddokta who is logged in on an enrolled device.

    Args:
        api: the public API.
        token: of the uddokta.
        username: of the uddokta.
        secret: of the uddokta's app.
        key: of the device.
    """

    api: Api
    token: str
    username: str = ""
    secret: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

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
        body = {
            "username": username,
            "password": line_after(made, "initial password"),
            "code": counter.app_code(),
            "new_password": PASSWORD,
        }
        tokens = await counter.post("/v1/staff/password", body)
        enrolment = {"enrolment_code": line_after(added, "type this")}
        await counter.post("/v1/devices/enrolments", enrolment, status=201)
        counter.token = tokens["access_token"]
        return counter

    def app_code(self, *, steps_ahead: int = 0) -> str:
        """Return a code of the app; each is accepted once, the next one a little early too."""
        return str(pyotp.TOTP(self.secret).at(time.time() + 30 * steps_ahead))

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
            NotServed: it was refused.
        """
        answered = 0
        reply: dict[str, Any] = {}
        for _ in range(_ATTEMPTS):
            proof = make_proof(
                self.key,
                "POST",
                self.api.url + path,
                proof_id=str(new_id()),
                now_s=time.time(),
                token=mandate_token or None,
            )
            scheme = f"DPoP {mandate_token}" if mandate_token else f"Bearer {self.token}"
            sent = {**(headers or {}), "dpop": proof}
            if mandate_token or self.token:
                sent["authorization"] = scheme
            answered, reply = await self.api.request(
                "POST", path, headers=sent, body=body, content=content
            )
            if reply.get("type") != "/problems/proof_invalid":
                break
        if answered != status:
            pointers = [error["pointer"] for error in reply.get("errors", [])]
            raise NotServed(f"POST {path}: {answered} {reply.get('type', '')} {pointers}")
        return reply


class AssistedCitizen(Citizen):
    """A citizen who is helped at a counter, and consents with the code on her own phone.

    Args:
        api: the public API.
        counter: where she is helped.
        codes: where her codes arrive.
        tracing: makes the span of the visit.
        traced: whether the visit is sampled.
    """

    def __init__(
        self, api: Api, counter: Counter, codes: Codes, tracing: Tracing, *, traced: bool = True
    ) -> None:
        super().__init__(api, codes, tracing, traced=traced)
        self._counter = counter

    @override
    async def log_in(self) -> None:
        """Do nothing: she has never logged in, and comes to the centre."""

    @override
    async def apply(self, public_service_id: str, form: dict[str, Any]) -> Accepted:
        """Consent to the help with an application, which the uddokta sends.

        Raises:
            NotServed: something was refused.
        """
        wanted = {"public_service_id": public_service_id, "phone": self.phone}
        try:
            mandate = await self._post("/v1/mandates", wanted, status=201)
        except NotServed as failure:
            if "fee_needed" not in str(failure):
                raise
            with_fee = {**wanted, "fee_bdt": _OTHER_FEE_BDT}
            mandate = await self._post("/v1/mandates", with_fee, status=201)
        path = f"/v1/mandates/{mandate['mandate_id']}"
        code = await self._codes.code_for(self.phone, within_s=_CODE_TIMEOUT_S)
        await self._post(f"{path}/consent", {"code": code})
        token = (await self._post(f"{path}/tokens"))["access_token"]
        body = await self._with_paper(path, token, form)
        clicked_at, clicked_s = datetime.now(UTC), time.perf_counter()
        accepted = await self._counter.post(
            f"{path}/application",
            body,
            status=201,
            mandate_token=token,
            headers={**self.headers, "idempotency-key": str(mandate["mandate_id"])},
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
        )

    async def _with_paper(self, path: str, token: str, form: dict[str, Any]) -> dict[str, Any]:
        """Return the body of an application; the paper that its form names is uploaded first."""
        kind = next((name for name, answer in form.items() if names_papers(answer)), None)
        if kind is None:
            return {"form": form, "documents": []}
        media_type, content = as_form(kind, photo())
        paper = await self._counter.post(
            f"{path}/documents",
            status=201,
            mandate_token=token,
            headers={**self.headers, "content-type": media_type},
            content=content,
        )
        return {"form": with_paper(form, paper["document_id"]), "documents": [paper["receipt"]]}

    async def _post(self, path: str, body: Any = None, *, status: int = 200) -> dict[str, Any]:
        return await self._counter.post(path, body, status=status, headers=dict(self.headers))


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


def command_with(environment: Mapping[str, str]) -> Command:
    """Return what runs commands for operators with the settings of an environment."""

    def run(arguments: Sequence[str]) -> str:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "services", *arguments],
            env=dict(environment),
            cwd=CHECKOUT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        printed: str = done.stdout
        return printed

    return run
