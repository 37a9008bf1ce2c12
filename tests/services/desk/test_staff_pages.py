"""Whatever a member of staff does has a page at the desk.

Why: a way that needs a call of the API is missing for everybody who works with pages. Of 22 acts of
the programme 15 had no page once, and nobody had counted them.
"""

from collections.abc import Mapping
from typing import Final

from libs.dead_letters.routes import routes as dead_letters
from libs.web.handling.routes import Declaration
from operations.declarations import routes_of
from services.registry import REGISTRY
from tests.services.desk.scenes import operations_called, template_of

Operation = tuple[str, str]

_LOGINS: Final = "/v1/staff/"
_BY_COMMAND: Final = "an engineer sets it by command, from a file that was checked"
_WITHOUT_PAGE: Final[Mapping[Operation, str]] = {
    ("DELETE", "/v1/counter-drafts/{}"): "a draft goes with its sending, and after two hours",
    ("GET", "/v1/staff/{}/roles"): "the page of an account has its roles",
    ("POST", "/v1/uddoktas/{}/sanctions/{}/approval"): "proposals are approved on one page",
    **dict.fromkeys(
        (("GET", "/v1/operations/connections"),),
        _BY_COMMAND,
    ),
    **dict.fromkeys(
        (
            ("POST", "/v1/operations/routing-rules/{}/{}"),
            ("POST", "/v1/operations/routing-rules/{}/{}/end"),
        ),
        "on pages two people publish the rule of an office",
    ),
}
"""What staff do without a page, and why."""


def of_staff() -> dict[Operation, Declaration]:
    """The public operations that a member of staff calls, with a token or to get one."""
    declared = [each for entry in REGISTRY for each in routes_of(entry.package)]
    return {
        (each.method, template_of(each.path)): each
        for each in [*declared, *dead_letters.declarations]
        if each.public
        and (
            each.roles
            or each.signature.of_kind("caller", "mandated")
            or each.path.startswith(_LOGINS)
        )
    }


def test_every_operation_of_staff_has_a_page() -> None:
    """Or a reason why it has none."""
    without = of_staff().keys() - operations_called()
    assert sorted(without - _WITHOUT_PAGE.keys()) == []
    assert sorted(_WITHOUT_PAGE.keys() - without) == [], "these have a page, or are gone"


def test_calls_are_found_with_method_and_path() -> None:
    """In a constant, a local name, a property, a dictionary and a function, and none is made up."""
    called = operations_called()
    assert {
        ("GET", "/v1/flags"),
        ("PUT", "/v1/counter-drafts/{}"),
        ("DELETE", "/v1/centres/{}/devices/{}"),
        ("POST", "/v1/proposals/{}/acknowledgement"),
    } <= called
    assert ("POST", "/v1/centres/{}") not in called
