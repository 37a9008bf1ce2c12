"""The page of questions that ministries and divisions have asked, with the answers."""

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.questions import PublicQuestionList
from libs.pages.gateway import Gateway
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes

routes = Routes(public=False)


@routes.get("/answers")
async def show_answers(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Questions and answers, the newest first; nobody is named."""
    query = {"after": request.query_params.get("after")}
    found = await gateway.read(visit_of(request), PublicQuestionList, "/v1/questions", query)
    return pages.show(request, "answers.html", found=found)
