"""What there is to apply for: every open public service, with right answers to its form."""

from dataclasses import dataclass
from typing import Any

from tools.virtual_users.citizen import Api
from tools.virtual_users.forms import right_answers


@dataclass(frozen=True, slots=True)
class Wish:
    """A public service that a citizen is after, and the answers to its form."""

    public_service_id: str
    name: str
    form: dict[str, Any]


async def all_wishes(api: Api) -> list[Wish]:
    """Every open public service, with right answers to its form."""
    headers = {"accept-language": "en"}
    _, listed = await api.ask("GET", "/v1/services", headers=headers)
    wishes = []
    for item in listed["items"]:
        if not item["open"]:
            continue
        name = item["public_service_id"]
        _, view = await api.ask("GET", f"/v1/services/{name}", headers=headers)
        wishes.append(Wish(name, item["name"]["bn"], right_answers(name, view["form"])))
    return wishes
