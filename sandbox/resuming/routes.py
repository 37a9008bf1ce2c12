"""The switch by which a ministry loses its data."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from libs.web.handling.routes import Routes
from sandbox.faults.destinations import check_ministry
from sandbox.resuming.use_cases import Resumed, Resuming

routes = Routes()


class DataLoss(BaseModel):
    """The number of its newest hand-overs that a ministry loses."""

    model_config = ConfigDict(extra="forbid")

    newest: Annotated[int, Field(ge=0, lt=2**31)] = 2**31 - 1


@routes.post("/data-loss/{ministry}", public=False)
async def lose_data(ministry: str, body: DataLoss, resuming: Resuming) -> Resumed:
    """Lose the newest hand-overs of a ministry, and have it resume by its last cursor."""
    check_ministry(ministry)
    return await resuming.lose_and_resume(ministry, body.newest)
