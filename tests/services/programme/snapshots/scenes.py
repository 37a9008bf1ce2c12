"""Bodies with services, and weeks in which things happened, by chance."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime

from libs.bangladesh.bodies import bodies
from libs.contracts.language import Text
from libs.contracts.programme import BodyFigures
from services.programme.bodies.rules import BodyState
from services.programme.bodies.services import ServiceState
from services.programme.figures import views

TAKEN = datetime(2026, 6, 28, 1, tzinfo=UTC)
SATURDAY = date(2026, 6, 27)
METRICS = (
    "submitted", "approved", "refused", "in_time", "correction_requested", "withdrawn", "overdue",
)  # fmt: skip


def service(service_id: str, name: str = "Service") -> ServiceState:
    """A service that is live."""
    text = Text(bn=f"সেবা {name}", en=name)
    return ServiceState(service_id, text, "hosted", is_online=True, is_connected=True, is_live=True)


def states_of_81(chance: random.Random) -> dict[str, BodyState]:
    """67 bodies with 81 services: many have one, two or none."""
    owners = [body.body_id for body in bodies()]
    of_body: dict[str, list[ServiceState]] = {owner: [] for owner in owners}
    for number in range(1, 82):
        of_body[chance.choice(owners[:40])].append(service(f"S{number:03}"))
    return {body: BodyState(body, SATURDAY, services=of_body[body]) for body in owners}


def week(chance: random.Random) -> Mapping[str, Mapping[str, int]]:
    """What happened in a week: much to few services, little to most."""
    found = {}
    for number in range(1, 82):
        most = chance.choice([0, 2, 3, 6, 12, 80, 900])
        numbers = {metric: chance.randint(0, most) for metric in METRICS}
        numbers["in_time"] = min(numbers["in_time"], numbers["approved"])
        numbers["days_3"] = numbers["approved"] + numbers["refused"]
        found[f"S{number:03}"] = numbers
    return found


def bodies_of(states: Mapping[str, BodyState]) -> BodyFigures:
    """Their sum."""
    return views.of_bodies(states.values())
