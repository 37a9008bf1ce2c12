"""What staff change asks for a login of a few minutes ago; what does not is named here."""

from typing import Final

from operations.declarations import routes_of
from services.registry import REGISTRY

_DAILY_WORK: Final = frozenset({"officer", "uddokta"})
"""Who serves citizens all day, each act with a mandate or on a case of their own."""
_ALSO_LATER: Final = {
    "PUT /v1/centres/{service_centre_id}/rates/{public_service_id}": "within the published cap",
    "POST /v1/flags/{flag_id}/closing": "gives and takes nothing",
    "POST /v1/proposals/{proposal_id}/acknowledgement": "takes it from the own list",
    "POST /v1/staff/login/confirmations": "is the login",
    "PUT /v1/operations/publications/{kind}/{series}/draft": "two others publish it",
    "POST /v1/operations/publications/workflow/{series}/trial": "changes nothing",
    "PUT /v1/publishing/services/{public_service_id}/draft": "a publisher approves it",
    "POST /v1/programme/bodies/{body}/facts": "is corrected by a later fact",
    "POST /v1/programme/bodies/{body}/extensions": "a second person gives it",
    "POST /v1/programme/areas/{area}/openings": "a second person opens it",
    "POST /v1/programme/centres/{service_centre_id}/measures": "a later measure counts instead",
    "POST /v1/programme/offices/{office_id}/measures": "a later measure counts instead",
    "POST /v1/report-signatures": "keeps nothing",
    "POST /v1/programme/pilot/proposals": "a second person approves it",
    "POST /v1/programme/own/facts": "is corrected by a later fact",
    "POST /v1/programme/own/questions": "waits for an answer",
    "POST /v1/programme/own/reports": "an operator connects by it, or says why not",
    "POST /v1/programme/workshops": "sets a day and a place",
    "POST /v1/programme/workshops/{workshop_id}/questions": "waits for an answer",
    "PUT /v1/programme/workshops/{workshop_id}/attendance": "a later record counts instead",
    "PUT /v1/programme/workshops/{workshop_id}/minutes": "later minutes count instead",
    "POST /v1/programme/own-vendor/questions": "waits for an answer",
    "POST /v1/programme/own-vendor/reports": "an operator connects by it, or says why not",
    "POST /v1/training/courses/{course}/needs": "a second person approves it",
    "POST /v1/training/sessions": "sets a day and a place",
    "POST /v1/training/sessions/{session_id}/attendance": "qualifies nobody",
    "POST /v1/training/sessions/{session_id}/tests": "draws questions",
}


def test_a_change_by_staff_asks_for_a_recent_login() -> None:
    """A screen left open names no focal point, opens no account and moves no office."""
    without = {
        f"{declaration.method} {declaration.path}"
        for entry in REGISTRY
        for declaration in routes_of(entry.package)
        if declaration.method not in {"GET", "HEAD", "OPTIONS"}
        and declaration.roles - _DAILY_WORK
        and not declaration.recent_login
    }
    assert without == _ALSO_LATER.keys()
