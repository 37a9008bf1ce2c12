"""Accounts of staff: roles, initial passwords, delays of logins."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil
from typing import Final, Literal, NamedTuple
from uuid import UUID

from libs.addresses import UNKNOWN, site_of, subscriber_of
from libs.bangladesh.calendar import dhaka_date, end_of_day
from libs.bangladesh.geography import districts
from libs.contracts.accounts import AccountView, NotByMe, RoleView
from libs.contracts.identity import PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS
from libs.contracts.offices import Post
from libs.errors import Refused
from services.identity.codes.rules import Origin

LoginOutcome = Literal[
    "logged_in", "confirmed", "password_changed", "unknown", "disabled", "password_wrong",
    "password_expired", "password_initial", "second_factor_wrong", "no_role",
]  # fmt: skip
"""The outcome of a login, for the journal."""

PROBLEMS: Final[Mapping[LoginOutcome, str]] = {
    "password_initial": "staff_password_initial",
    "password_expired": "staff_initial_expired",
    "disabled": "staff_account_disabled",
    "no_role": "staff_account_without_role",
}
"""The answer to whoever showed everything; the others get the same answer for every reason."""

INITIAL_PASSWORD_S: Final = 24 * 3600
LOGINS_KEPT_DAYS: Final = 365
KNOWN_NETWORK: Final = timedelta(days=30)
"""Time after a login in which its network is one of the person's own."""

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")


@dataclass(frozen=True, slots=True)
class RoleKind:
    """A role that accounts can have.

    Args:
        given_by: who gives it to an account: an operator by command, also the programme's staff
            over the API, or only the capability that makes the account with a record of its own.
        of_ministry: whether it is of a ministry, so that tokens name the post.
        of_district: whether it is of a district, which tokens name.
    """

    given_by: Literal["command", "programme", "own_record"] = "command"
    of_ministry: bool = False
    of_district: bool = False


ROLES: Final[Mapping[str, RoleKind]] = {
    "operator": RoleKind(),
    "dead_letter_viewer": RoleKind(),
    "helpline": RoleKind(),  # answers 333: sees where an application is
    "programme": RoleKind(),  # looks after centres, uddoktas, offices and officers
    "officer": RoleKind(given_by="programme", of_ministry=True),
    "editor": RoleKind(given_by="programme", of_ministry=True),  # proposes what its services are
    "publisher": RoleKind(),  # approves that; by command, so that nobody gives both roles alone
    "focal_point": RoleKind(given_by="programme", of_ministry=True),  # answers for its ministry
    "leadership": RoleKind(given_by="programme"),  # sees how far the programme is, and only reads
    "district_staff": RoleKind(given_by="programme", of_district=True),  # sees one district
    "vendor": RoleKind(given_by="programme"),  # connects systems; the programme knows which
    "uddokta": RoleKind(given_by="own_record"),
}
"""The roles of staff. A new role is an entry here, and in `roles=` of the routes that it opens."""

GIVEN_BY_PROGRAMME: Final = frozenset(
    role for role, kind in ROLES.items() if kind.given_by == "programme"
)
OF_MINISTRY: Final = frozenset(role for role, kind in ROLES.items() if kind.of_ministry)
OF_DISTRICT: Final = frozenset(role for role, kind in ROLES.items() if kind.of_district)
_EXCLUSIVE: Final = {role for role, kind in ROLES.items() if kind.given_by == "own_record"}


@dataclass(frozen=True, slots=True)
class GivenRole:
    """A role of an account.

    Args:
        role: a key of `ROLES`.
        given_by: the name in journals of whoever gave it.
        until: the last day in Dhaka on which it holds; None for no end.
        district: code of the district, of a role of one.
    """

    role: str
    given_by: str
    given_at: datetime
    until: date | None = None
    district: str | None = None

    def holds_at(self, at: datetime) -> bool:
        """Return whether the account has the role at this time."""
        return self.until is None or dhaka_date(at) <= self.until

    def view(self) -> RoleView:
        """Return the role as the programme's staff see it."""
        return RoleView(
            role=self.role,
            given_by=self.given_by,
            given_at=self.given_at,
            until=self.until,
            district=self.district,
        )


@dataclass(frozen=True, slots=True, repr=False)
class Staff:
    """The account of an officer of a ministry, or of the platform's own staff.

    Args:
        staff_id: the `sub` of its tokens.
        username: the login name.
        roles: that it was given, also those that have ended.
        ministry: of the roles of a ministry; None for the other roles.
        password_hash: Argon2id.
        active: whether the account may log in.
        password_expires_at: the end of an initial password; None for one that its person chose.
        office_id: where an officer works; None for the other roles, and for officers of before.
        area: for which that office is responsible; None for the whole country.
    """

    staff_id: UUID
    username: str
    roles: tuple[GivenRole, ...]
    ministry: str | None
    password_hash: str
    active: bool = True
    password_expires_at: datetime | None = None
    office_id: str | None = None
    area: str | None = None

    def has_been(self, roles: Collection[str]) -> bool:
        """Return whether the account has or had one of these roles."""
        return any(role.role in roles for role in self.roles)

    def roles_at(self, at: datetime) -> tuple[str, ...]:
        """Return the roles that the account has at this time, by name."""
        return tuple(sorted(role.role for role in self.roles if role.holds_at(at)))

    def post_at(self, at: datetime) -> Post | None:
        """Return the post of the account at this time, as in the claims of tokens."""
        if self.ministry is None or OF_MINISTRY.isdisjoint(self.roles_at(at)):
            return None
        return Post(self.ministry, self.office_id, self.area)

    def district_at(self, at: datetime) -> str | None:
        """Return the district of the account's role of one at this time, as in the tokens."""
        found = [role.district for role in self.roles if role.district and role.holds_at(at)]
        return found[0] if found else None

    def works_as(self, role: str, at: datetime) -> bool:
        """Return whether the account has a role at this time."""
        return self.active and role in self.roles_at(at)

    def works_at(self, at: datetime) -> bool:
        """Return whether the account works for a ministry at this time."""
        return self.active and self.post_at(at) is not None

    def view(self, at: datetime) -> AccountView:
        """Return the account as the programme's staff see it."""
        return AccountView(
            staff_id=self.staff_id,
            username=self.username,
            roles=list(self.roles_at(at)),
            active=self.active,
            initial_until=self.password_expires_at,
        )

    def next_end(self, at: datetime) -> datetime | None:
        """Return when the first of the roles ends that the account has at this time."""
        last_days = [role.until for role in self.roles if role.until and role.holds_at(at)]
        first = min(last_days, default=date.max)
        return end_of_day(first) if first < date.max else None


@dataclass(frozen=True, slots=True)
class Login:
    """A login in the journal, good or bad.

    Args:
        at: when.
        outcome: how it ended.
        address: where it came from.
    """

    at: datetime
    outcome: str
    address: str


def check_account(
    username: str,
    role: str,
    ministry: str | None,
    ministries: Collection[str],
    district: str | None = None,
) -> None:
    """Check that an account may be created.

    Raises:
        Refused: the username is malformed; there is no such role; the ministry or district of a
            role that needs one is missing or unknown; or another role has one.
    """
    if not _USERNAME.fullmatch(username):
        raise Refused("staff_username_malformed")
    if role not in ROLES:
        raise Refused("staff_role_unknown")
    if role in OF_MINISTRY and ministry not in ministries:
        raise Refused("staff_ministry_unknown", pointer="/ministry")
    if role not in OF_MINISTRY and ministry is not None:
        raise Refused(
            "staff_ministry_unknown", f"a {role} belongs to no ministry", pointer="/ministry"
        )
    check_district(role, district)


def check_district(role: str, district: str | None) -> None:
    """Check that a role of a district has one, and no other role.

    Raises:
        Refused: the district is missing or unknown, or the role is of none.
    """
    known = {place.code for place in districts()} if role in OF_DISTRICT else {None}
    if district not in known:
        raise Refused("district_unknown", pointer="/district")


def check_may_give(staff: Staff, role: str, giver_id: UUID | None) -> None:
    """Check that an account may be given a role, or lose it.

    An account with a record of its own, as an uddokta's, has one role for ever: an uddokta who were
    of the programme, too, could sanction herself.

    Args:
        staff: the account.
        role: the role.
        giver_id: the account that gives it over the API; None for a command.

    Raises:
        Refused: there is no such role; or it is not given in this way, to this account, or to
            oneself.
    """
    if why := why_not_given(staff, role, giver_id):
        raise Refused(why)


def why_not_given(staff: Staff, role: str, giver_id: UUID | None) -> str | None:
    """Return the problem with giving an account a role; None if there is none.

    Args:
        staff: the account.
        role: the role.
        giver_id: as in `check_may_give`.
    """
    if role not in ROLES:
        return "staff_role_unknown"
    if staff.staff_id == giver_id:
        return "staff_role_own"
    is_exclusive = role in _EXCLUSIVE or staff.has_been(_EXCLUSIVE)
    is_of_others = giver_id is not None and ROLES[role].given_by != "programme"
    return "staff_role_not_given_here" if is_exclusive or is_of_others else None


def roles_changed_by(staff: Staff, giver_id: UUID) -> list[str]:
    """Return the roles that a person of the programme can give an account, or take from it."""
    return [role for role in ROLES if why_not_given(staff, role, giver_id) is None]


def at_ministry(
    staff: Staff, role: str, ministry: str, ministries: Collection[str], at: datetime
) -> Staff:
    """Return the account at the ministry of a role that it is to have.

    Whoever works there already keeps the office.

    An office may close, or be of another ministry, when the last role of its officers has ended.

    Raises:
        Refused: there is no such ministry, or the account has another role at another one, which
            would move with it.
    """
    if ministry not in ministries:
        raise Refused("staff_ministry_unknown")
    stay = OF_MINISTRY.intersection(staff.roles_at(at)) - {role}
    if stay and staff.ministry != ministry:
        raise Refused("staff_at_other_ministry")
    stays = staff.ministry == ministry and staff.post_at(at) is not None
    return staff if stays else replace(staff, ministry=ministry, office_id=None)


def with_role(staff: Staff, given_role: GivenRole) -> Staff:
    """Return the account with a role, replacing an earlier grant of it."""
    others = [other for other in staff.roles if other.role != given_role.role]
    return replace(staff, roles=tuple(sorted([*others, given_role], key=lambda role: role.role)))


def not_approved_by(
    by: UUID, proposed_by: UUID, proposer: Staff | None, at: datetime
) -> NotByMe | None:
    """Return why a person of the programme cannot approve a proposal; None if she can.

    Args:
        by: who would approve it.
        proposed_by: who proposed it.
        proposer: that account; None if there is none.
        at: the current time.
    """
    if by == proposed_by:
        return "mine"
    is_there = proposer is not None and proposer.works_as("programme", at)
    return None if is_there else "proposer_left"


def check_password(password: str) -> None:
    """Check the length of a password that is to be set.

    Raises:
        Refused: it is too short or too long.
    """
    if not PASSWORD_MIN_CHARS <= len(password) <= PASSWORD_MAX_CHARS:
        raise Refused("staff_password_weak")


def closed_because(staff: Staff | None, at: datetime) -> LoginOutcome | None:
    """Return why an account is closed for logins, even with right proofs; None if it is open."""
    if staff is None:
        return "unknown"
    if not staff.active:
        return "disabled"
    if not staff.roles_at(at):
        return "no_role"
    has_expired = staff.password_expires_at is not None and at >= staff.password_expires_at
    return "password_expired" if has_expired else None


def with_initial_password(staff: Staff, password_hash: str, at: datetime) -> Staff:
    """Return the account with a password that opens no session, and can be changed for a day."""
    expires_at = at + timedelta(seconds=INITIAL_PASSWORD_S)
    return replace(staff, password_hash=password_hash, password_expires_at=expires_at)


def with_own_password(staff: Staff, password_hash: str) -> Staff:
    """Return the account with a password that its person chose."""
    return replace(staff, password_hash=password_hash, password_expires_at=None)


Scope = Literal["person", "name", "address", "network"]


class Source(NamedTuple):
    """An origin whose wrong logins are counted together.

    `person` is a username on one network, on one device that is known for it, or in one session;
    `name` a username everywhere; the others are connections, for whichever username.
    """

    scope: Scope
    value: str


@dataclass(frozen=True, slots=True)
class Delay:
    """The delay after wrong logins of a source.

    Args:
        free: wrong logins that delay nothing.
        first_s: seconds until the next one may follow; doubled by each further one.
        longest_s: seconds at most; in as many, one wrong login is forgotten.
    """

    free: int
    first_s: float
    longest_s: float


# A mobile operator has thousands of people behind an address, so the delays of connections are
# wide, and those who have logged in from there, or with the device, do not share them.
DELAYS: Final[Mapping[Scope, Delay]] = {
    "person": Delay(free=5, first_s=15, longest_s=900),
    "name": Delay(free=20, first_s=180, longest_s=180),
    "address": Delay(free=100, first_s=36, longest_s=36),
    "network": Delay(free=200, first_s=18, longest_s=18),
}


@dataclass(frozen=True, slots=True)
class WrongLogins:
    """The wrong logins of a source that are not forgotten yet.

    Args:
        level: how many, less the forgotten parts, at `counted_at`.
        counted_at: when the last one was counted.
    """

    level: float
    counted_at: datetime


def on_network(username: str, address: str) -> Source:
    """Return the source of a username on the network of an address."""
    return Source("person", f"{username} network {site_of(address)}")


def in_session(staff_id: UUID, session_id: UUID) -> Source:
    """Return the source of the person of a session."""
    return Source("person", f"{staff_id} session {session_id}")


def sources_of(username: str, origin: Origin, *, known_network: bool) -> list[Source]:
    """Return the sources that count a login: only the person's own where a login was right before.

    Args:
        username: as it was typed.
        origin: of the request.
        known_network: whether the account was logged in to from this network lately.
    """
    if origin.is_known:
        return [Source("person", f"{username} device {origin.device_id}")]
    person = on_network(username, origin.address)
    if known_network and origin.address != UNKNOWN:
        return [person]
    return [
        person,
        Source("name", username),
        Source("address", subscriber_of(origin.address)),
        Source("network", site_of(origin.address)),
    ]


def wait_s(source: Source, wrong: WrongLogins, at: datetime) -> float:
    """Return the seconds until a login of a source is looked at; 0 for now."""
    delay, count = DELAYS[source.scope], ceil(_remembered(source, wrong, at))
    if count < delay.free:
        return 0.0
    pause_s = min(delay.first_s * 2.0 ** (count - delay.free), delay.longest_s)
    return max(0.0, pause_s - (at - wrong.counted_at).total_seconds())


def count_login(source: Source, wrong: WrongLogins, at: datetime) -> WrongLogins:
    """Count a login as wrong, before its proofs are checked: so concurrent ones all count."""
    return WrongLogins(_remembered(source, wrong, at) + 1, at)


def take_back(source: Source, wrong: WrongLogins, at: datetime) -> WrongLogins:
    """Return the wrong logins after a right one: a person's are forgotten, others have one less."""
    others = max(0.0, _remembered(source, wrong, at) - 1)
    return WrongLogins(0.0 if source.scope == "person" else others, at)


def forgotten_at(source: Source, wrong: WrongLogins) -> datetime:
    """Return when all wrong logins of a source are forgotten."""
    return wrong.counted_at + timedelta(seconds=wrong.level * DELAYS[source.scope].longest_s)


def _remembered(source: Source, wrong: WrongLogins, at: datetime) -> float:
    passed_s = (at - wrong.counted_at).total_seconds()
    return max(0.0, wrong.level - passed_s / DELAYS[source.scope].longest_s)
