"""An account of staff with an authenticator app, and its logins."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.identity.offices.rules import Office
from services.identity.second_factors.use_cases import SecondFactors, set_up_app
from services.identity.sessions.rules import SessionPolicy
from services.identity.settings import Settings
from services.identity.staff import queries
from services.identity.staff.passwords import InitialPassword
from services.identity.staff.rules import GivenRole, Staff
from services.identity.staff.use_cases import create_staff
from tests.services.identity.running import CHEAP, Identity, Reply

PASSWORD = "correct horse battery"
HOME = "203.0.113.7"
FACTORS = SecondFactors.of(Settings())


def secret_in(address: str) -> str:
    """The secret in the address that an app is set up with."""
    return parse_qs(urlsplit(address).query)["secret"][0]


@dataclass(slots=True)
class Account:
    """An account and what its person holds."""

    identity: Identity
    staff: Staff
    secret: str

    @classmethod
    async def made(
        cls, identity: Identity, username: str = "karim", role: str = "operator"
    ) -> "Account":
        """Insert an account whose password hash has a low cost."""
        password_hash = CHEAP.hash(PASSWORD)
        ministry = "cabinet" if role == "officer" else None
        given = GivenRole(role, "test", identity.time())
        staff = Staff(new_id(), username, (given,), ministry, password_hash)
        async with identity.database.transaction() as tx:
            await queries.insert_staff(tx, staff)
            address = await set_up_app(tx, FACTORS, staff.staff_id, username)
        return cls(identity, staff, secret_in(address))

    def code(self) -> str:
        """The code that the app shows now."""
        return pyotp.TOTP(self.secret).at(self.identity.time())

    async def log_in(self, address: str = HOME, **changed: Any) -> Reply:
        """Log in with what the person holds, or with something else."""
        body = {"username": self.staff.username, "password": PASSWORD, "code": self.code()}
        shown = {name: value for name, value in (body | changed).items() if value is not None}
        headers = {"x-forwarded-for": address}
        return await self.identity.call("POST", "/v1/staff/login", shown, headers=headers)

    async def confirm(self, token: str, **changed: Any) -> Reply:
        """Confirm the login of a token."""
        body = {"password": PASSWORD, "code": self.code()}
        shown = {name: value for name, value in (body | changed).items() if value is not None}
        return await self.identity.call("POST", "/v1/staff/login/confirmations", shown, token=token)

    async def change_password(self, new_password: str, **changed: Any) -> Reply:
        """Change the password, with what the person holds or with something else."""
        body = {"username": self.staff.username, "password": PASSWORD, "code": self.code()}
        shown = {name: value for name, value in (body | changed).items() if value is not None}
        shown["new_password"] = new_password
        return await self.identity.call("POST", "/v1/staff/password", shown)

    async def outcomes(self) -> list[str]:
        """The outcomes in the journal, the newest first."""
        async with self.identity.database.transaction() as tx:
            found = await queries.read_logins(tx, self.staff.staff_id, limit=50)
        return [login.outcome for login in found]


NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
ZONE = Office("zone-6", Text(bn="অঞ্চল-৬", en="Zone 6"), "city_corporation_zone", "lgd", "30262500")
SESSIONS = SessionPolicy(idle_s=3600, absolute_s=7200, grace_s=60)


async def account(tx: Transaction, role: str = "operator", ministry: str | None = None) -> Staff:
    """Karim's account. The hash of its password has a low cost."""
    initial = InitialPassword.new(CHEAP)
    staff, _ = await create_staff(tx, "karim", role, ministry, by="rahim", at=NOW, initial=initial)
    return staff
