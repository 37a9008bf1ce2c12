"""Virtual officers at the desk: two people of the programme give them an office and duties."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tools.virtual_users.citizen import Api, NotServed
from tools.virtual_users.counter import Command, Counter, secret_in, staff_of

CHALLAN: Final = "T 2026-11"
"""The number that two officers type for every fee."""


@dataclass(slots=True)
class Programme:
    """Two people of the programme: one proposes, the other approves."""

    proposes: Counter
    approves: Counter

    @classmethod
    async def opened(cls, api: Api, run: Command) -> "Programme":
        """Create both by command, and log them in."""
        proposes = await staff_of("programme", api, run)
        return cls(proposes, await staff_of("programme", api, run))

    async def open_office(self, office_id: str, ministry: str, kind: str = "union") -> None:
        """Create an office where officers work.

        Raises:
            NotServed: it was refused.
        """
        body = {"name": {"bn": office_id, "en": office_id}, "kind": kind, "ministry": ministry}
        await call(self.proposes, "PUT", f"/v1/offices/{office_id}", body)

    async def hire(self, office_id: str, duties: Sequence[str]) -> "Officer":
        """Create an officer of an office with duties; the officer has chosen a password.

        Raises:
            NotServed: something was refused.
        """
        username = f"officer-{secrets.token_hex(4)}"
        body = {"username": username, "office_id": office_id}
        made = await call(self.proposes, "POST", "/v1/officers", body, status=201)
        for duty in duties:
            await self.give(made["officer_id"], duty)
        secret = secret_in(made["authenticator_address"])
        person = Counter(self.proposes.api, "", username, secret)
        person.token = await person.change_password(made["initial_password"])
        return Officer(person, office_id, tuple(duties))

    async def give(self, officer_id: str, duty: str) -> None:
        """Give an officer a duty, as two people do.

        Raises:
            NotServed: it was refused.
        """
        body = {"duty": duty, "reason": "order of the office"}
        path = f"/v1/officers/{officer_id}/duties"
        proposed = await call(self.proposes, "POST", path, body, status=201)
        approval = f"/v1/proposals/{proposed['proposal_id']}/approval"
        await call(self.approves, "POST", approval)


@dataclass(slots=True)
class Officer:
    """An officer with duties at an office."""

    person: Counter
    office_id: str
    duties: tuple[str, ...]


async def call(
    person: Counter, method: str, path: str, body: Any = None, *, status: int = 200
) -> dict[str, Any]:
    """Call the API as a person of staff.

    Raises:
        NotServed: it was refused, or there is no answer.
    """
    headers = {"authorization": f"Bearer {person.token}"}
    answered, reply = await person.api.request(method, path, headers=headers, body=body)
    if answered not in {status, 204}:
        raise NotServed(f"{method} {path}: {answered} {reply.get('type', '')}")
    return reply
