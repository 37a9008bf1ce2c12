"""What a trial applies for, as the public API offers it."""

from services.trials.citizen import Api
from services.trials.wishes import all_wishes
from tests.trials.playing import playing


async def test_open_services_come_with_right_answers_and_closed_ones_not_at_all() -> None:
    """Nobody applies for what is closed, and every form is filled in."""
    async with playing() as (played, http):
        (wish,) = await all_wishes(Api(http, played.url))
        assert (wish.public_service_id, list(wish.form)) == ("S002", ["name_bn"])
