"""A person logs in at another site, through the gateway, with a code from the SMS operator."""

from functools import partial

from libs.clock import utc_now
from libs.database.pool import Database
from tests.pipeline.platform import Platform
from tests.services.identity.openid.running import CALLBACK, add, browsing, new_key, use_authlib
from tests.waiting import PATIENCE_S

PHONE = "+8801912345678"


async def test_a_person_logs_in_at_another_site(platform: Platform) -> None:
    """Pages, cookies, forms and tokens pass the gateway."""
    key = new_key()
    database = Database(platform.dsn["identity"], connections=1)
    try:
        async with database.transaction() as tx:
            await add(tx, "land", key, CALLBACK, utc_now())
    finally:
        await database.close()
    read_code = partial(platform.ledger.code_for, within_s=PATIENCE_S)
    async with browsing(platform.plan.url("gateway"), read_code) as browser:
        await use_authlib(browser, platform.http, key, PHONE)
