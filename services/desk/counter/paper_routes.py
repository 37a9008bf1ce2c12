"""The upload of a citizen's paper at the counter."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.documents import AssistedDocument
from libs.errors import Refused, Unavailable, Unreadable
from libs.pages.errors import PageError
from libs.pages.form_tokens import FormTokens
from libs.pages.forms.views import find_paper
from libs.pages.gateway import ApiProblem
from libs.pages.papers import read_kinds
from libs.pages.posts import Again, PostedFiles, check_upload, keep_posted
from libs.pages.uploads import LIMITS, NOT_A_PHOTO, passed_on, upload_error
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.counter.assisted_forms import (
    OF_PAPER,
    STATE,
    AssistedForm,
    Counter,
    begin_application,
    begin_correction,
)
from services.desk.staff.sessions import StaffSessions

routes = Routes(public=False)


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

    path = f"/counter/mandates/{mandate_id}/form"
    return await _upload(request, sessions, form_tokens, path, name, begin)


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

    path = f"/counter/corrections/{number}"
    return await _upload(request, sessions, form_tokens, path, name, begin)


async def _upload(
    request: Request,
    sessions: StaffSessions,
    form_tokens: FormTokens,
    path: str,
    name: str,
    begin: Callable[[Visit], Awaitable[AssistedForm]],
) -> Response:
    """Pass files on, and show the page that follows; what was typed stands before the files.

    The session is read here and not before: the files are read to their end, and what was typed is
    kept, also for somebody whose login has ended.

    Args:
        request: of the browser.
        sessions: know who works here.
        form_tokens: of the forms.
        path: of the form's answers.
        name: of the paper's question.
        begin: makes the form without answers.
    """
    files = PostedFiles(request, STATE)
    try:
        form = await begin(await sessions.read(request))
        return await _take(request, form_tokens, files, form, name)
    finally:
        await files.read_rest()
        if files.field:
            fields = {STATE: files.field, "switch": f"{OF_PAPER}{name}"}
            keep_posted(request, Again(path, fields))


async def _take(
    request: Request, form_tokens: FormTokens, files: PostedFiles, form: AssistedForm, name: str
) -> Response:
    question, section = find_paper(form.filling, name)
    paper: AssistedDocument | None = None
    error = PageError("file", NOT_A_PHOTO.in_language(form.staff.language))
    try:
        check_upload(request, form_tokens)
        paper = await form.upload(files, passed_on(request))
    except (ApiProblem, Refused, Unreadable, Unavailable) as failure:
        error = upload_error(failure, form.staff.language)
    await files.read_rest()
    form.open(files.field)
    if paper is None or not question.takes(paper.media_type):
        kinds = await read_kinds(form.counter.gateway, form.staff)
        return form.paper(question, kinds, error)
    form.give(question, paper)
    return form.section(section)
