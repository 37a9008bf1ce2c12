"""The facts about a case that conditions of workflows and tariffs can use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, Literal

from libs.conditions import Facts
from libs.errors import Refused
from libs.workflows.model import Workflow
from libs.workflows.tariffs import TariffRow, amount_poisha

RegisterMatch = Literal["full", "partial", "none", "unreachable"]

_TARIFF: Final = "tariff."
_AMOUNT: Final = ".amount_bdt"
_FORM: Final = "form."


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The facts of a case on a day; one that is not known is None.

    Args:
        form: the answers as they stand, checked.
        today: the day in Dhaka.
        submitted_at: when the application was submitted.
        register_match: what the register says of the person; unreachable until it has answered.
        attempt: how many times this person has asked for the service, this one included.
        open_cases: other open cases of this person at the service.
        sets: values that officers set; they hold before the answer of the same name.
        tariffs: the rows, for `tariff.<item>.amount_bdt`.
        place: codes of the areas around the case, the smallest first.
    """

    form: Mapping[str, Any]
    today: date
    submitted_at: datetime | None = None
    register_match: RegisterMatch = "unreachable"
    attempt: int = 1
    open_cases: int = 0
    sets: Mapping[str, Any] = field(default_factory=dict)
    tariffs: Sequence[TariffRow] = ()
    place: Sequence[str] = ()

    def __call__(self, fact: str) -> Any:
        """Return the fact of a name; None if it is absent or unknown."""
        if fact in _OF_CASE:
            return _OF_CASE[fact](self)
        if fact.startswith(_TARIFF) and fact.endswith(_AMOUNT):
            return self._amount_bdt(fact.removeprefix(_TARIFF).removesuffix(_AMOUNT))
        if fact.startswith(_FORM) and fact.removeprefix(_FORM) in self.sets:
            return self.sets[fact.removeprefix(_FORM)]
        return Facts(self.form, self.today)(fact)

    def _amount_bdt(self, item: str) -> float | None:
        try:
            return amount_poisha(self.tariffs, item, self, self.place, self.today) / 100
        except Refused:
            return None


def _birth_date_shift_days(facts: CaseFacts) -> int | None:
    days = [facts.form.get(name) for name in ("birth_date", "new_birth_date")]
    try:
        before, after = (date.fromisoformat(str(day)) for day in days)
    except ValueError:
        return None
    return abs((after - before).days)


def _class_count(facts: CaseFacts) -> int | None:
    classes = facts.form.get("classes")
    return len(classes) if isinstance(classes, list | tuple) else None


_OF_CASE: Final[Mapping[str, Callable[[CaseFacts], Any]]] = MappingProxyType(
    {
        "register.match": lambda facts: facts.register_match,
        "case.attempt": lambda facts: facts.attempt,
        "person.open_cases": lambda facts: facts.open_cases,
        "submitted_at": lambda facts: facts.submitted_at and facts.submitted_at.isoformat(),
        "form.class_count": _class_count,
        "form.birth_date_shift_days": _birth_date_shift_days,
    }
)
FACTS: Final = frozenset(_OF_CASE) | {"age_days", "age_years"}
"""The facts that need no name of an answer, a date or an item."""


def answer_at(form: Mapping[str, Any], pointer: str) -> Any:
    """Return the answer at a pointer; None if there is none."""
    found: Any = form
    for name in pointer.removeprefix("/").split("/"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def place_of(workflow: Workflow, form: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the codes of union and area in which a case lies, the smallest first.

    The address is that of the first role that has one: its office works on the case first.
    """
    pointers = [role.by for role in workflow.roles.values() if role.by]
    address = answer_at(form, address_pointer(pointers[0])) if pointers else None
    if not isinstance(address, Mapping):
        return ()
    return tuple(code for code in (address.get("union"), address.get("area")) if code)


def address_pointer(by: str) -> str:
    """Return the pointer to the address of a role, which may name the address or its area."""
    return by.removesuffix("/area")
