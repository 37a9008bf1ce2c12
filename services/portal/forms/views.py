"""Pages of a form, made from the input."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.language import Text
from libs.pages.errors import PageError
from libs.pages.forms import controls, rules
from libs.pages.forms.filling import Filling
from libs.pages.forms.questions import Question, Section
from libs.pages.forms.versions import differences, version_of
from libs.pages.forms.views import answers_by_section, section_values
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from services.portal.forms.prefill import LastAnswers

_FROM_DETAILS: Final = "verified."
_BEGIN_ANEW: Final = Text(bn="নতুন করে শুরু করুন", en="Start again")
_SERVICE: Final = 2  # its place in the address `/apply/S001/…`


def way_on(code: str, path: str) -> tuple[str, Text] | None:
    """Return where one goes on after a problem with a code, from the address of a form."""
    parts = path.split("/")
    if code != "draft_unknown" or parts[1:_SERVICE] != ["apply"]:
        return None
    return "/".join(parts[: _SERVICE + 1]), _BEGIN_ANEW


def section_page(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    filling: Filling,
    section: Section,
    *,
    stored: controls.Typed,
    errors: list[PageError] | None = None,
    prefilled: controls.Typed | None = None,
    last: LastAnswers | None = None,
    is_changed: bool = False,
) -> Response:
    """Render those questions of a section that are asked after the answers so far.

    Args:
        request: of the browser.
        pages: renders them.
        filling: the form, with what is shown in its fields.
        section: the section.
        stored: everything as it is stored, which the page may change.
        errors: what is wrong.
        prefilled: what is in the fields although nobody typed it here.
        last: answers of the last application that can be used again.
        is_changed: whether other answers were stored since the page before was made.
    """
    values = section_values(filling, section)
    language = visit_of(request).language
    return pages.show(
        request,
        "section.html",
        status=409 if is_changed else 422 if errors else 200,
        version=version_of(stored, section.questions),
        pictures={
            name: f"/papers/{value}/thumbnail"
            for name, value in stored.items()
            if controls.is_paper(name)
        },
        differences=differences(section, stored, filling.typed, language) if is_changed else [],
        typed=filling.typed,
        errors=errors or [],
        offers_details=any(
            question.prefill.startswith(_FROM_DETAILS)
            and (prefilled or {}).keys() & controls.shown_controls([question], filling.typed)
            for question in values["questions"]
        ),
        last=last,
        back=path_before(filling, section),
        **_way(filling),
        **values,
    )


def check_page(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    filling: Filling,
    named: Filling,
    *,
    errors: list[PageError],
    status: int = 200,
    is_unchanged: bool = False,
    is_changed: bool = False,
) -> Response:
    """Render all answers in words, to be checked before they are sent.

    Args:
        request: of the browser.
        pages: renders them.
        filling: the form.
        named: what was typed, with the names of papers in the place of their ids.
        errors: what is wrong.
        status: of the answer.
        is_unchanged: whether a correction has the answers that were sent before.
        is_changed: whether the answers were changed since the page before was made.
    """
    return pages.show(
        request,
        "check.html",
        status=status,
        filling=filling,
        sections=answers_by_section(filling, named.typed),
        version=version_of(filling.typed),
        is_changed=is_changed,
        is_unchanged=is_unchanged,
        errors=errors,
        **_way(filling),
    )


def _way(filling: Filling) -> dict[str, list[Section]]:
    """Return the sections that are asked, and those that wait for answers."""
    return {
        "way": rules.sections_asked(filling.form, filling.body),
        "waiting": rules.sections_waiting(filling.form, filling.body, filling.seen),
    }


def draft_path(filling: Filling) -> str:
    """The page of all sections."""
    return f"/apply/{filling.service.public_service_id}/{filling.draft_id}"


def section_path(filling: Filling, section: Section) -> str:
    """The page of one section."""
    return f"{draft_path(filling)}/steps/{section.section_id}"


def paper_path(filling: Filling, question: Question) -> str:
    """The page on which a paper is given."""
    return f"{draft_path(filling)}/papers/{question.name}"


def path_after(filling: Filling, section: Section) -> str:
    """The page after a section: the next one that waits for answers, or all answers.

    Pages before it come last: an answer may lead to a question on them.
    """
    waiting = rules.sections_waiting(filling.form, filling.body, filling.seen)
    place = filling.form.sections.index(section)
    waiting.sort(key=lambda found: filling.form.sections.index(found) <= place)
    return section_path(filling, waiting[0]) if waiting else f"{draft_path(filling)}/check"


def path_before(filling: Filling, section: Section) -> str:
    """The page before a section."""
    sections = rules.sections_asked(filling.form, filling.body)
    place = sections.index(section) if section in sections else 0
    if place:
        return section_path(filling, sections[place - 1])
    return f"/services/{filling.service.public_service_id}"
