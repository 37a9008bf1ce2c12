"""A counter of a service centre: an uddokta, an enrolled device, and citizens with phones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from joserfc.jwk import ECKey

from libs.contracts.applications import MandateUsed
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.centres import Position
from libs.contracts.identity import ConsentRequested, MandateMessageRequested
from libs.contracts.language import Text
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from libs.web.callers.dpop import make_proof
from services.identity.centres.capability import FIRST_CENTRES
from services.identity.centres.use_cases import add_device, add_first_centres
from services.identity.mandates.use_cases import record_uses
from services.identity.public_services.use_cases import save_public_services
from services.identity.uddoktas.rules import Uddokta
from services.identity.uddoktas.use_cases import add_uddokta
from tests.services.identity.running import Identity, Reply, announced
from tests.services.identity.staff.scenes import Account

CITIZEN, UDDOKTA_PHONE = "+8801712345678", "+8801811111111"
SERVICE = "S001"


def public_service(public_service_id: str = SERVICE, **fields: Any) -> PublicServiceChanged:
    """A public service as the catalogue announces it."""
    return PublicServiceChanged(
        **{
            "public_service_id": public_service_id,
            "ministry": "lgd",
            "name": Text(bn="জন্ম নিবন্ধন", en="Birth registration"),
            "category": "family",
            "fee_bdt": 50,
            "fee_status": "sourced",
            "form_origin": "public_descriptions",
            "service_deadline_days": None,
            "service_deadline_status": "unknown",
            "required_documents_bn": (),
            "required_documents_status": "unknown",
            "form_version": 1,
            "form_schema": {},
            "open": True,
            "ministry_adapter": "hosted",
            **fields,
        }
    )


async def one_by_one(identity: Identity, path: str, token: str) -> list[Any]:
    """All rows of a list, a page for each."""
    rows, after = [], ""
    while True:
        page = (await identity.call("GET", f"{path}?limit=1{after}", token=token)).body
        rows += page["items"]
        if page["next"] is None:
            return rows
        after = f"&after={page['next']}"


@dataclass
class Counter:
    """The counter, with the token of its uddokta and the key of its device."""

    identity: Identity
    account: Account
    token: str
    key: ECKey
    centre: str = "gulshan"
    proofs: list[str] = field(default_factory=list)

    @classmethod
    async def opened(
        cls,
        identity: Identity,
        username: str = "rahim",
        *,
        centre: str = "gulshan",
        phone: str = UDDOKTA_PHONE,
        services: Sequence[PublicServiceChanged] | None = None,
        **fields: Any,
    ) -> "Counter":
        """Enrol an uddokta and a device of a centre, and log in."""
        account = await Account.made(identity, username, role="uddokta")
        uddokta = Uddokta(
            **{
                "uddokta_id": account.staff.staff_id,
                "username": username,
                "first_name": Text(bn="রহিম", en="Rahim"),
                "service_centre_id": centre,
                "position": _POSITION,
                "licence_number": "L-1",
                "licence_from": date(2026, 1, 1),
                "licence_until": date(2028, 12, 31),
                "certificate_number": "C-1",
                "certificate_until": date(2028, 12, 31),
                **fields,
            }
        )
        async with identity.database.transaction() as tx:
            await add_first_centres(tx, FIRST_CENTRES.read_bytes())
            await save_public_services(tx, services or [public_service()])
            await add_uddokta(tx, uddokta, phone, by="test")
            _, code = await add_device(tx, centre, "counter 1", identity.time(), by="test")
        counter = cls(identity, account, "", ECKey.generate_key("P-256"), centre)
        await counter.log_in()
        enrolled = await counter.send("/v1/devices/enrolments", {"enrolment_code": code}, token="")
        assert enrolled.status == 201, enrolled.raw
        return counter

    async def log_in(self) -> None:
        """Log the uddokta in, with a code of the app."""
        reply = await self.account.log_in()
        assert reply.status == 200, reply.raw
        self.token = reply.body["access_token"]

    @property
    def uddokta_id(self) -> UUID:
        """Whose counter it is."""
        return self.account.staff.staff_id

    def proof(self, method: str, path: str, **changed: Any) -> str:
        """A proof of the device for a request."""
        made = {
            "proof_id": str(new_id()),
            "now_s": self.identity.time().timestamp(),
            "url": self.identity.address + path,
            **changed,
        }
        return make_proof(made.pop("key", self.key), method, made.pop("url"), **made)

    async def send(
        self, path: str, body: Any = None, *, token: str | None = None, **changed: Any
    ) -> Reply:
        """Send a request with a proof."""
        return await self.identity.call(
            "POST",
            path,
            body,
            token=self.token if token is None else token,
            headers={"dpop": self.proof("POST", path, **changed)},
        )

    async def request(self, phone: str | None = CITIZEN, **fields: Any) -> Reply:
        """Ask a citizen for a mandate."""
        body = {"public_service_id": SERVICE, "phone": phone, **fields}
        if "number" in fields:
            body = {"applicant": "Rahima Khatun", **body}
        return await self.send("/v1/mandates", body)

    async def requested(self, phone: str | None = CITIZEN, **fields: Any) -> str:
        """Ask a citizen for a mandate, and return its id."""
        reply = await self.request(phone, **fields)
        assert reply.status == 201, reply.raw
        return str(reply.body["mandate_id"])

    async def code(self) -> str:
        """The code that was sent last."""
        return str((await self.sms(ConsentRequested))[-1].code)

    async def sms(self, kind: type[Any] = MandateMessageRequested) -> list[Any]:
        """What was sent to phones about mandates, the oldest first."""
        return [each for each in await announced(self.identity.database) if type(each) is kind]

    async def confirm(self, mandate_id: str, code: str | None = None, **fields: Any) -> Reply:
        """Enter a code; the right one unless given."""
        return await self.identity.call(
            "POST",
            f"/v1/mandates/{mandate_id}/consent",
            {"code": code or await self.code(), **fields},
            token=self.token,
        )

    async def active(self, phone: str = CITIZEN, **fields: Any) -> str:
        """Return a mandate to which a citizen has consented."""
        mandate_id = await self.requested(phone, **fields)
        reply = await self.confirm(mandate_id)
        assert reply.status == 200, reply.raw
        return mandate_id

    async def get_token(self, mandate_id: str, **changed: Any) -> Reply:
        """Ask for the token of a mandate."""
        return await self.send(f"/v1/mandates/{mandate_id}/tokens", **changed)

    async def read(self, mandate_id: str) -> Any:
        """Read a mandate."""
        reply = await self.identity.call("GET", f"/v1/mandates/{mandate_id}", token=self.token)
        assert reply.status == 200, reply.raw
        return reply.body

    async def used(self, mandate_id: str, **fields: Any) -> MandateUsed:
        """Have applications announce that a mandate was used."""
        used = MandateUsed(
            **{
                "mandate_id": UUID(mandate_id),
                "application_id": new_id(),
                "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
                "occurred_at": self.identity.time(),
                **fields,
            }
        )
        await self.consume(used)
        return used

    async def consume(self, *events: MandateUsed) -> None:
        """Store what applications announced, as the consumer does.

        The running service owns the router, so the events do not go through a test broker.
        """
        async with self.identity.database.transaction() as tx:
            await record_uses(tx, Batch.of(*events))


_POSITION: Position = "uddokta"
