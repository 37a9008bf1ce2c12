from typing_extensions import override

from services.ministries.deliveries.adapters.contract import Adapter, Link
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter
from tests.services.ministries.deliveries.adapters.json_suite import JsonSuite


class TestHttpJsonAdapter(JsonSuite):
    """The adapter for JSON over HTTP passes the tests of all adapters."""

    @override
    def adapter(self, link: Link) -> Adapter:
        return HttpJsonAdapter(link)
