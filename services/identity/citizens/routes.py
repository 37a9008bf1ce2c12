"""HTTP routes of a citizen's own profile."""

from libs.contracts.identity import Profile, UpdateProfile
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Citizen
from libs.web.handling.routes import Routes
from services.identity.citizens import use_cases
from services.identity.citizens.rules import profile_of

routes = Routes()


@routes.get("/v1/me")
async def read_profile(citizen: Citizen, tx: Transaction) -> Profile:
    """Read my profile."""
    return profile_of(await use_cases.read_citizen(tx, citizen.citizen_id), citizen.roles)


@routes.patch("/v1/me", example={"language": "bn"})
async def update_profile(citizen: Citizen, body: UpdateProfile, tx: Transaction) -> Profile:
    """Change my language or numbers."""
    changed = await use_cases.change_profile(tx, citizen.citizen_id, body)
    return profile_of(changed, citizen.roles)
