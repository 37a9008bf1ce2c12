from collections.abc import AsyncIterator

import pytest

from tests.services.identity.openid.running import Browser, Site, browsing_at, register
from tests.services.identity.running import Identity


@pytest.fixture
async def site(identity: Identity) -> Site:
    """A registered client."""
    return await register(identity)


@pytest.fixture
async def browser(identity: Identity) -> AsyncIterator[Browser]:
    """A new browser."""
    async with browsing_at(identity) as browser:
        yield browser
