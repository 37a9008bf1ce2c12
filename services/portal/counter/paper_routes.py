"""The upload of a citizen's paper at the counter."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.documents import AssistedDocument
from libs.errors import Refused, Unavailable, Unreadable
from libs.pages.errors import PageError
from libs.pages.form_tokens import FormTokens
from libs.pages.forms import controls
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.papers import read_kinds
from libs.pages.posts import Again, PostedFiles, check_upload, keep_posted
from libs.pages.rendering import Pages
from libs.pages.uploads import (
    DEADLINE_S,
    LIMITS,
    NOT_A_PHOTO,
    passed_on,
    upload_error,
)
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes
from libs.web.signed.seals import Seals
from services.portal.counter.calls import CounterCalls
from services.portal.counter.work import OF_PAPER, STATE, Work, begin_application, begin_correction

routes = Routes(public=False)


@routes.post("/counter/mandates/{mandate_id}/papers/{name}/files", limits=LIMITS)
async def upload_at_counter(  # noqa: PLR0913
    mandate_id: UUID,
    name: str,
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    seals: Seals,
    form_tokens: FormTokens,
) -> Response:
    """Pass the files of a paper on while they arrive; then show the questions that asked for it."""
    files = PostedFiles(request, STATE)
    try:
        async with counter_calls.acting(request) as acting:
            work = await begin_application(request, pages, gateway, seals, acting, mandate_id)
            return await _take(
                request,
                gateway,
                form_tokens,
                files,
                work,
                name,
                lambda headers: counter_calls.upload(
                    acting, str(mandate_id), files, headers, deadline_s=DEADLINE_S
                ),
            )
    finally:
        await files.read_rest()
        _keep(request, f"/counter/mandates/{mandate_id}/form", files, name)


@routes.post("/counter/corrections/{number}/papers/{name}/files", limits=LIMITS)
async def upload_for_correction(  # noqa: PLR0913
    number: str,
    name: str,
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    seals: Seals,
    form_tokens: FormTokens,
) -> Response:
    """Pass the files of a paper on that the ministry wants to have corrected."""
    files = PostedFiles(request, STATE)
    try:
        async with counter_calls.acting(request) as acting:
            work = await begin_correction(request, pages, gateway, seals, acting, number)
            path = path_of("/v1/assisted-applications/{number}/documents", number=number)
            return await _take(
                request,
                gateway,
                form_tokens,
                files,
                work,
                name,
                lambda headers: gateway.upload(
                    acting, path, files, headers, model=AssistedDocument, deadline_s=DEADLINE_S
                ),
            )
    finally:
        await files.read_rest()
        _keep(request, f"/counter/corrections/{number}", files, name)


def _keep(request: Request, path: str, files: PostedFiles, name: str) -> None:
    """Keep what was typed, for a page that leads back to the page of the paper."""
    if files.field:
        fields = {STATE: files.field, "switch": f"{OF_PAPER}{name}"}
        keep_posted(request, Again(path, fields))


async def _take(  # noqa: PLR0913
    request: Request,
    gateway: Gateway,
    form_tokens: FormTokens,
    files: PostedFiles,
    work: Work,
    name: str,
    send: Callable[[Mapping[str, str]], Awaitable[AssistedDocument]],
) -> Response:
    """Pass files on, and show the page that follows; what was typed stands before the files.

    Raises:
        Refused: the form asks for no such paper.
    """
    form = work.filling.form
    question = controls.question_at(form, name)
    section = form.section_with(controls.field_of(name))
    if question is None or section is None or question.kind != "paper":
        raise Refused("not_found")
    visit = visit_of(request)
    paper: AssistedDocument | None = None
    error = PageError("file", NOT_A_PHOTO.in_language(visit.language))
    try:
        check_upload(request, form_tokens)
        paper = await send(passed_on(request))
    except (ApiProblem, Refused, Unreadable, Unavailable) as failure:
        error = upload_error(failure, visit.language)
    await files.read_rest()
    work.open(files.field)
    if paper is None or not question.takes(paper.media_type):
        return work.paper(question, await read_kinds(gateway, visit), error)
    work.give(question, paper)
    return work.section(section)
