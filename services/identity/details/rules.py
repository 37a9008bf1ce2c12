"""Saved details: which are valid, and how the citizen sees them."""

from dataclasses import dataclass
from datetime import date, datetime

from libs.bangladesh.geography import areas_by_code, unions_by_id
from libs.contracts.identity import DetailsView, PersonalDetails, PostalAddress
from libs.contracts.language import Text
from libs.errors import FieldError, Unreadable
from services.identity.citizens.rules import Citizen

_BORN_LATER = Text(bn="জন্ম তারিখ আজকের পরে হতে পারে না।", en="A date of birth cannot be after today.")
_NO_SUCH_AREA = Text(
    bn="তালিকা থেকে উপজেলা বা সিটি কর্পোরেশন বেছে নিন।",
    en="Choose an upazila or city corporation of the list.",
)
_NOT_IN_AREA = Text(
    bn="ইউনিয়নটি এই উপজেলায় নেই; আবার বেছে নিন।",
    en="The union is not in this upazila; choose again.",
)


@dataclass(frozen=True, slots=True, repr=False)
class Saved:
    """The details that a citizen saved, and the time."""

    details: PersonalDetails
    at: datetime


def check(details: PersonalDetails, today: date) -> None:
    """Check the rules that the model does not express.

    Raises:
        Unreadable: a place does not exist, or somebody is born after today; with field errors.
    """
    errors = []
    if details.birth_date and details.birth_date > today:
        errors.append(_error("/birth_date", "too_late", _BORN_LATER))
    for name in ("present_address", "permanent_address"):
        address: PostalAddress | None = getattr(details, name)
        if address is None:
            continue
        if address.area not in areas_by_code():
            errors.append(_error(f"/{name}/area", "unknown_area", _NO_SUCH_AREA))
        elif address.union is not None:
            union = unions_by_id().get(address.union)
            if union is None or union.upazila_code != address.area:
                errors.append(_error(f"/{name}/union", "not_in_area", _NOT_IN_AREA))
    if errors:
        raise Unreadable("details_invalid", field_errors=tuple(errors))


def view_of(citizen: Citizen, saved: Saved | None) -> DetailsView:
    """Return the saved details of a citizen; without them nothing is shown, nor are the numbers."""
    if saved is None:
        return DetailsView()
    return DetailsView(
        **{name: getattr(saved.details, name) for name in PersonalDetails.model_fields},
        nid=citizen.nid,
        birth_registration_number=citizen.birth_registration_number,
        saved_at=saved.at,
    )


def _error(pointer: str, code: str, message: Text) -> FieldError:
    return FieldError(pointer, code, message.bn, message.en)
