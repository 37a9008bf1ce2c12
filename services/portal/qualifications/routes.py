"""The page on which everybody checks the number of a qualification."""

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.training import QualificationCheck
from libs.pages.errors import PageError
from libs.pages.formats import search_text
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes

routes = Routes(public=False)
_UNKNOWN = "qualification_unknown"


@routes.get("/qualifications")
async def check_qualification(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Ask for a number, and say what it is for and whether it holds.

    Raises:
        ApiProblem: not where nobody has the number, which the page says.
    """
    typed = search_text(request.query_params.get("number", ""))[:40]
    found, errors = None, []
    if typed:
        path = path_of("/v1/qualifications/{number}", number=typed)
        try:
            found = await gateway.read(visit_of(request), QualificationCheck, path)
        except ApiProblem as failure:
            if failure.code != _UNKNOWN:
                raise
            errors = [PageError("number", failure.message)]
    return pages.show(
        request,
        "qualification.html",
        status=404 if errors else 200,
        found=found,
        typed=typed,
        errors=errors,
    )
