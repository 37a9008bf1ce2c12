"""HTTP routes of the details that forms offer a citizen."""

from libs.clock import Clock
from libs.contracts.identity import DetailsView, PersonalDetails, SaveDetails
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Citizen
from libs.web.handling.routes import Routes
from services.identity.details import use_cases

routes = Routes()


@routes.get("/v1/me/details")
async def read_details(citizen: Citizen, tx: Transaction) -> DetailsView:
    """Read the details that I saved for my forms.

    A form names the meaning of a field in `ui.prefill`: `verified.name_bn` is `name_bn` here.
    """
    return await use_cases.read_details(tx, citizen.citizen_id)


@routes.put(
    "/v1/me/details",
    problems=("details_invalid",),
    example={"name_bn": "রহিমা খাতুন", "birth_date": "1990-12-16", "consent": True},
)
async def save_details(
    citizen: Citizen, body: SaveDetails, tx: Transaction, clock: Clock
) -> DetailsView:
    """Save details that forms may offer me; they replace those saved before."""
    details = PersonalDetails(**body.model_dump(exclude={"consent"}))
    return await use_cases.save_details(tx, citizen.citizen_id, details, clock.now())


@routes.delete("/v1/me/details")
async def delete_details(citizen: Citizen, tx: Transaction) -> None:
    """Delete my saved details, and take back my consent."""
    await use_cases.delete_details(tx, citizen.citizen_id)
