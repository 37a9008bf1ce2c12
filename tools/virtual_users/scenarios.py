"""Scenarios of virtual users: every open public service, with valid answers to its form."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from libs.grievances import GRIEVANCE
from tools.virtual_users.citizen import Api
from tools.virtual_users.forms import names_papers, valid_answers


@dataclass(frozen=True, slots=True)
class Scenario:
    """A public service that a citizen applies for, its ministry, and the answers to its form."""

    public_service_id: str
    ministry: str
    name: str
    form: dict[str, Any]

    @property
    def needs_a_paper(self) -> bool:
        """Whether the form names a paper, which the citizen must upload first."""
        return names_papers(self.form)


async def load_scenarios(api: Api) -> list[Scenario]:
    """Make a scenario for every public service that is open."""
    headers = {"accept-language": "en"}
    _, listed = await api.request("GET", "/v1/services", headers=headers)
    scenarios = []
    for item in listed["items"]:
        if not item["open"]:
            continue
        service_id = item["public_service_id"]
        _, view = await api.request("GET", f"/v1/services/{service_id}", headers=headers)
        form = valid_answers(service_id, view["form"])
        scenarios.append(Scenario(service_id, item["ministry"], item["name"]["bn"], form))
    return scenarios


async def load_grievance(api: Api) -> Scenario | None:
    """Make a scenario for a grievance, which no list has; None where none is taken."""
    headers = {"accept-language": "en"}
    status, view = await api.request("GET", f"/v1/services/{GRIEVANCE}", headers=headers)
    if status != HTTPStatus.OK or not view["open"]:
        return None
    form = valid_answers(GRIEVANCE, view["form"])
    return Scenario(GRIEVANCE, view["ministry"], view["name"]["bn"], form)
