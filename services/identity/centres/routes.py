"""HTTP routes of service centres: public ones, and those of the programme's staff."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from starlette.requests import Request

from libs.bangladesh.places import trail
from libs.clock import Clock
from libs.contracts.centres import (
    AddDevice,
    CentreDetails,
    CentreList,
    CentresQuery,
    DeviceAdded,
    DeviceList,
    DeviceView,
    EnrolDevice,
    RateBoard,
    SetCharge,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.dpop import PROOF_HEADER, read_proof
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.identity.centres import use_cases
from services.identity.centres.rules import Device
from services.identity.settings import Settings

routes = Routes()
CentreId = Annotated[str, Field(description="Id of the centre", examples=["gulshan"])]


@routes.get("/v1/centres", cached=True)
async def list_centres(query: CentresQuery, tx: Transaction) -> CentreList:
    """List the service centres: where they are, when they are open, whether they run."""
    found = await use_cases.read_centres(tx, query)
    page, following = query.page(found, lambda centre: centre.service_centre_id)
    return CentreList(items=[centre.view() for centre in page], next=following)


@routes.get(
    "/v1/centres/{service_centre_id}",
    roles=("programme", "district_staff"),
    problems=("service_centre_unknown",),
)
async def read_centre(service_centre_id: CentreId, staff: Staff, tx: Transaction) -> CentreDetails:
    """Read a service centre, with the source of its address and hours.

    For the programme, and for the staff of its district.

    Raises:
        Refused: there is no such centre, or it is of another district.
    """
    centre = await use_cases.read_centre(tx, service_centre_id)
    if "programme" not in staff.roles and staff.district not in trail(centre.area):
        raise Refused("service_centre_unknown")
    return CentreDetails(**centre.view().model_dump(), source=centre.source, state_set=centre.state)


@routes.get(
    "/v1/centres/{service_centre_id}/rates", cached=True, problems=("service_centre_unknown",)
)
async def read_rates(service_centre_id: CentreId, tx: Transaction, settings: Settings) -> RateBoard:
    """The price list of a centre."""
    centre = await use_cases.read_centre(tx, service_centre_id)
    items = await use_cases.read_rate_board(
        tx,
        service_centre_id,
        usual_bdt=settings.usual_charge_bdt,
        cap_bdt=settings.charge_cap_bdt,
    )
    return RateBoard(centre=centre.view(), items=items)


@routes.put(
    "/v1/centres/{service_centre_id}/rates/{public_service_id}",
    roles=("programme",),
    problems=("service_centre_unknown", "public_service_unknown", "charge_above_cap"),
    example={"charge_bdt": 30},
)
async def set_charge(
    service_centre_id: CentreId,
    public_service_id: str,
    body: SetCharge,
    staff: Staff,
    tx: Transaction,
    settings: Settings,
) -> None:
    """Set a centre's service charge for a public service, up to the cap (programme)."""
    await use_cases.set_charge(
        tx,
        service_centre_id,
        public_service_id,
        body.charge_bdt,
        cap_bdt=settings.charge_cap_bdt,
        by=staff.actor,
    )


@routes.post(
    "/v1/centres/{service_centre_id}/devices",
    status=201,
    roles=("programme",),
    recent_login=True,
    problems=("service_centre_unknown",),
    example={"name": "counter 2"},
)
async def add_device(
    service_centre_id: CentreId, body: AddDevice, staff: Staff, tx: Transaction, clock: Clock
) -> DeviceAdded:
    """Let a device of a centre be enrolled; the code is shown only now (programme)."""
    device, code = await use_cases.add_device(
        tx, service_centre_id, body.name, clock.now(), by=staff.actor
    )
    return DeviceAdded(**_view(device).model_dump(), enrolment_code=code)


@routes.get("/v1/centres/{service_centre_id}/devices", roles=("programme",))
async def list_devices(service_centre_id: CentreId, staff: Staff, tx: Transaction) -> DeviceList:  # noqa: ARG001
    """List the devices of a centre (programme)."""
    return DeviceList(
        items=[_view(device) for device in await use_cases.read_devices(tx, service_centre_id)]
    )


@routes.delete(
    "/v1/centres/{service_centre_id}/devices/{device_id}", roles=("programme",), recent_login=True
)
async def remove_device(
    service_centre_id: CentreId, device_id: UUID, staff: Staff, tx: Transaction, clock: Clock
) -> None:
    """Remove a device of a centre (programme)."""
    await use_cases.remove_device(tx, service_centre_id, device_id, clock.now(), by=staff.actor)


@routes.post(
    "/v1/devices/enrolments",
    status=201,
    reads=(PROOF_HEADER,),
    headers={"cache-control": "no-store"},
    problems=(
        "proof_invalid",
        "device_clock_wrong",
        "enrolment_code_wrong",
        "device_enrolled_before",
    ),
    example={"enrolment_code": "the-code-of-the-programme"},
)
async def enrol_device(
    body: EnrolDevice, request: Request, tx: Transaction, settings: Settings, clock: Clock
) -> DeviceView:
    """Enrol the device whose key signs the header `DPoP` of this request (RFC 9449)."""
    at = clock.now()
    proof = read_proof(request, settings.origins, at.timestamp())
    return _view(await use_cases.enrol_device(tx, body.enrolment_code, proof, at))


def _view(device: Device) -> DeviceView:
    return DeviceView(
        device_id=device.device_id,
        service_centre_id=device.service_centre_id,
        name=device.name,
        enrolled_at=device.enrolled_at,
    )
