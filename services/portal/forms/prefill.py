"""Answers that are known before they are asked."""

from typing import Final

from libs.bangladesh.phone import national
from libs.bangladesh.text import Malformed, bangla_digits
from services.portal.forms.questions import Section
from services.portal.visits import Visit

_MOBILE: Final = "account.mobile"


def known_answers(section: Section, visit: Visit) -> dict[str, str]:
    """Return what the login tells of the questions of a section: the mobile number.

    The rest of the profile is masked in the API, so it is asked.
    """
    phone = visit.login.phone if visit.login else ""
    try:
        dialled = national(phone)
    except Malformed:
        return {}
    shown = bangla_digits(dialled) if visit.language == "bn" else dialled
    return {question.name: shown for question in section.questions if question.prefill == _MOBILE}
