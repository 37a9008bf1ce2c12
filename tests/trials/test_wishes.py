"""What can be applied for, and how."""

from services.trials.citizen import Api
from services.trials.wishes import read_wishes
from tests.trials.playing import playing


async def test_only_open_services_are_applied_for_with_right_answers() -> None:
    """A closed service is not asked for; the form of an open one is answered."""
    async with playing() as (played, http):
        wishes = await read_wishes(Api(http, played.url))
    assert [wish.public_service_id for wish in wishes] == ["S002"]
    assert set(wishes[0].form) == {"name_bn"}
