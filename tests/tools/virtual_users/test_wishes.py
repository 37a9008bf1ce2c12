"""What a trial applies for, as the public API offers it."""

from tools.virtual_users.wishes import all_wishes

from tests.tools.playing import playing
from tools.virtual_users.citizen import Api


async def test_open_services_come_with_right_answers_and_closed_ones_not_at_all() -> None:
    """Nobody applies for what is closed, and every form is filled in."""
    async with playing() as (played, http):
        (wish,) = await all_wishes(Api(http, played.url))
        assert (wish.public_service_id, list(wish.form)) == ("S002", ["name_bn"])
