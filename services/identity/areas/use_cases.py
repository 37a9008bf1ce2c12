"""Stages of areas kept as they were announced, and asked for."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from libs.bangladesh.places import trail
from libs.contracts.programme import AreaStageChanged
from libs.contracts.rollout import (
    OPEN_BEFORE_THE_GATE,
)
from libs.database.transaction import Transaction
from services.identity.areas import queries, rules

_BEFORE_ALL: Final = datetime(2016, 1, 1, tzinfo=UTC)


async def save(tx: Transaction, changes: Sequence[AreaStageChanged]) -> set[str]:
    """Keep stages as they were announced; return the areas that have another one now."""
    return await queries.save_stages(tx, changes)


async def add_first(tx: Transaction) -> None:
    """Keep open the areas in which centres ran before areas were opened, until others are told."""
    first = [
        AreaStageChanged(area=area, stage="open", occurred_at=_BEFORE_ALL)
        for area in sorted(OPEN_BEFORE_THE_GATE)
    ]
    await queries.save_stages(tx, first)


async def find_open(tx: Transaction, places: Collection[str]) -> set[str]:
    """Return those places that are open, with no paused area around them."""
    stages = await queries.read_stages(tx, {area for place in places for area in trail(place)})
    return {place for place in places if rules.is_open(place, stages)}
