"""Who sees the whole country, and who one district."""

from libs.bangladesh.places import trail
from libs.errors import Refused
from libs.web.callers.tokens import Staff


def district_of(staff: Staff) -> str | None:
    """Return the district to which somebody's view is limited; None for the whole country.

    Raises:
        Refused: the person is of the staff of a district, and the token names none.
    """
    if "district_staff" not in staff.roles or "programme" in staff.roles:
        return None
    if staff.district is None:
        raise Refused("role_missing")
    return staff.district


def check_within(staff: Staff, area: str) -> None:
    """Check that somebody sees an area of any kind.

    Raises:
        Refused: it is of another district, which is as if it were not there.
    """
    district = district_of(staff)
    if district is not None and district not in trail(area):
        raise Refused("not_found")
