"""The page of a citizen's paper at the counter, and its upload."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.errors import Refused, Unavailable, Unreadable
from libs.pages.downloads import Download
from libs.pages.errors import PageError, keep_wrong, take_wrong
from libs.pages.form_tokens import FormTokens
from libs.pages.forms.views import find_paper
from libs.pages.gateway import ApiProblem
from libs.pages.papers import CONCERNS, read_kinds
from libs.pages.posts import PostedFiles, check_upload
from libs.pages.uploads import LIMITS, NOT_A_PHOTO, passed_on, upload_error
from libs.pages.visits import Visit
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.desk.counter.assisted_forms import (
    AssistedForm,
    Counter,
    begin_application,
    begin_correction,
)
from services.desk.staff.sessions import StaffSessions, StaffVisit

routes = Routes(public=False)


@routes.get("/counter/mandates/{mandate_id}/form/papers/{name}")
async def show_paper(
    mandate_id: UUID, name: str, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """Show the page on which a paper of the citizen is uploaded."""
    form = await begin_application(counter, request, staff, mandate_id)
    return await _page(form, name, request.query_params.get("concerns", ""))


@routes.get("/counter/corrections/{number}/papers/{name}")
async def show_paper_to_correct(
    number: str, name: str, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """Show the page on which a paper is uploaded that the ministry wants again."""
    form = await begin_correction(counter, request, staff, number)
    return await _page(form, name, request.query_params.get("concerns", ""))


@routes.post("/counter/mandates/{mandate_id}/form/papers/{name}/files", limits=LIMITS)
async def upload_at_counter(
    mandate_id: UUID,
    name: str,
    request: Request,
    counter: Counter,
    sessions: StaffSessions,
    form_tokens: FormTokens,
) -> Response:
    """Pass the files of a paper on while they arrive; then show the questions that asked for it."""

    async def begin(staff: Visit) -> AssistedForm:
        form = await begin_application(counter, request, staff, mandate_id)
        form.check_open()
        return form

    return await _upload(request, sessions, form_tokens, name, begin)


@routes.post("/counter/corrections/{number}/papers/{name}/files", limits=LIMITS)
async def upload_for_correction(
    number: str,
    name: str,
    request: Request,
    counter: Counter,
    sessions: StaffSessions,
    form_tokens: FormTokens,
) -> Response:
    """Pass the files of a paper on that the ministry wants to have corrected."""

    async def begin(staff: Visit) -> AssistedForm:
        return await begin_correction(counter, request, staff, number)

    return await _upload(request, sessions, form_tokens, name, begin)


@routes.get(
    "/counter/mandates/{mandate_id}/form/pictures/{document_id}",
    limits=RouteLimits(streamed=True),
)
async def show_picture(
    mandate_id: UUID, document_id: UUID, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """A small picture of a paper that was just given, until the application is sent."""
    form = await begin_application(counter, request, staff, mandate_id)
    return Download(form.picture(document_id))


@routes.get(
    "/counter/corrections/{number}/pictures/{document_id}", limits=RouteLimits(streamed=True)
)
async def show_picture_to_correct(
    number: str, document_id: UUID, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """A small picture of a paper that was given for a correction."""
    form = await begin_correction(counter, request, staff, number)
    return Download(form.picture(document_id))


async def _page(form: AssistedForm, name: str, concerns: str) -> Response:
    await form.read_begun()
    if form.sent is not None:
        return await form.after_sending()
    question, _ = find_paper(form.filling, name)
    wrong = take_wrong(form.staff)
    named = concerns.split(",")
    return form.paper(
        question,
        await read_kinds(form.counter.gateway, form.staff),
        *wrong.errors,
        concerns=[text for concern, text in CONCERNS.items() if concern in named],
    )


async def _upload(
    request: Request,
    sessions: StaffSessions,
    form_tokens: FormTokens,
    name: str,
    begin: Callable[[Visit], Awaitable[AssistedForm]],
) -> Response:
    """Pass files on, and go to the next page; an error is shown on the paper's page.

    The session is read here and not before: the files are read to their end, also for somebody
    whose login has ended.

    Args:
        request: of the browser.
        sessions: know who works here.
        form_tokens: of the forms.
        name: of the paper's question.
        begin: makes the form without answers.
    """
    files = PostedFiles(request)
    try:
        form = await begin(await sessions.read(request))
        return await _take(request, form_tokens, files, form, name)
    finally:
        await files.read_rest()


async def _take(
    request: Request, form_tokens: FormTokens, files: PostedFiles, form: AssistedForm, name: str
) -> Response:
    question, section = find_paper(form.filling, name)
    error = PageError("file", NOT_A_PHOTO.in_language(form.staff.language))
    try:
        check_upload(request, form_tokens)
        paper = await form.upload(files, passed_on(request))
        if question.takes(paper.media_type):
            await form.give(question, paper)
            if paper.concerns:
                return form.go(f"/papers/{name}?concerns={','.join(paper.concerns)}")
            return form.go(f"/steps/{section.section_id}#q-{question.name}")
    except (ApiProblem, Refused, Unreadable, Unavailable) as failure:
        error = upload_error(failure, form.staff.language)
    keep_wrong(form.staff, error)
    return form.go(f"/papers/{name}")
