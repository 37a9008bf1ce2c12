"""Pages of the news that an uddokta tells citizens who have no phone of their own."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import AssistedSummary
from libs.contracts.centres import UddoktaView
from libs.contracts.mandates import AssistedNews, AssistedNewsList, LeftNews, MandateView
from libs.pages.formats import page_mark
from libs.pages.gateway import Gateway
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.counter.assisted_forms import read_followed_up
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_AT_ONCE = 10


@routes.get("/counter/news")
async def show_news(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show the news that I have to tell citizens, and those that I told lately."""
    after = page_mark(request.query_params.get("after", ""))
    own = await gateway.read(staff, UddoktaView, "/v1/uddokta", personal=True)
    waiting = await read_news(gateway, staff, told=False, after=after)
    told_news = await read_news(gateway, staff, told=True)
    mandates = {
        news.mandate_id: await gateway.read(
            staff, MandateView, f"/v1/mandates/{news.mandate_id}", personal=True
        )
        for news in (*waiting.items, *told_news.items)
    }
    followed = await read_followed_up(gateway, staff)
    return pages.show(
        request,
        "news.html",
        own=own,
        waiting=waiting,
        told_news=told_news.items,
        mandates=mandates,
        corrections=_numbers_of(followed, [*waiting.items, *told_news.items]),
        turns=[
            sent
            for sent in followed
            if sent.is_told_in_person and sent.step and sent.step.is_applicants_turn
        ],
        left=await count_left(gateway, staff),
        taken=staff.take("taken"),
    )


@routes.post("/counter/news/takeover")
async def take_over(
    request: Request, _posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Tell from now on what nobody at this centre tells any more."""
    taken = await gateway.post(staff, "/v1/left-news/takeover", model=LeftNews)
    staff.keep(taken=taken.applications)
    return pages.go(request, "/counter/news")


@routes.post("/counter/news/{news_id}")
async def tell(
    news_id: UUID,
    request: Request,
    _posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Say that the citizen was told."""
    await gateway.post(staff, f"/v1/assisted-news/{news_id}/telling", model=AssistedNews)
    return pages.go(request, "/counter/news")


def _numbers_of(
    followed: Sequence[AssistedSummary], shown: Sequence[AssistedNews]
) -> Mapping[str, set[str]]:
    """Return the applications to be corrected or appealed, by status, if there is such news."""
    numbers: dict[str, set[str]] = {"correction_requested": set(), "refused": set()}
    if any(news.what in numbers for news in shown):
        for sent in followed:
            if sent.status in numbers:
                numbers[sent.status].add(sent.tracking_number)
    return numbers


async def count_left(gateway: Gateway, staff: Visit) -> int:
    """Return of how many applications nobody at this centre tells the news."""
    return (await gateway.read(staff, LeftNews, "/v1/left-news", personal=True)).applications


async def read_news(
    gateway: Gateway, staff: Visit, *, told: bool, after: str | None = None
) -> AssistedNewsList:
    """Return a page of news, to be told or told."""
    query = {"told": "true" if told else "false", "after": after, "limit": str(_AT_ONCE)}
    return await gateway.read(staff, AssistedNewsList, "/v1/assisted-news", query, personal=True)
