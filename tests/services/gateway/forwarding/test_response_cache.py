from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.upstream import UpstreamResponse

RESPONSE = UpstreamResponse(200, (), b"[]")


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_response_is_cached_until_it_expires() -> None:
    """A response is returned until its time is over."""
    clock = Clock()
    cache = ResponseCache(10.0, clock)
    cache.put("a", RESPONSE, cache.version)
    clock.now_s = 9.9
    assert cache.get("a") == RESPONSE
    clock.now_s = 10.0
    assert cache.get("a") is None


def test_change_empties_the_cache() -> None:
    """After a change of the catalogue no old response is returned."""
    cache = ResponseCache(10.0, Clock())
    cache.put("a", RESPONSE, cache.version)
    cache.clear()
    assert cache.get("a") is None


def test_response_requested_before_a_change_is_not_cached() -> None:
    """A response that was under way during the change may be the old one."""
    cache = ResponseCache(10.0, Clock())
    version = cache.version
    cache.clear()
    cache.put("a", RESPONSE, version)
    assert cache.get("a") is None


def test_only_successful_responses_are_cached() -> None:
    """Problems and very large responses are not cached."""
    cache = ResponseCache(10.0, Clock())
    cache.put("a", UpstreamResponse(404, (), b""), cache.version)
    cache.put("b", UpstreamResponse(200, (), b"x" * 300_000), cache.version)
    assert cache.get("a") is None
    assert cache.get("b") is None


def test_memory_is_bounded() -> None:
    """The oldest responses are removed when the cache is full."""
    cache = ResponseCache(10.0, Clock(), max_entries=3)
    for number in range(10):
        cache.put(str(number), RESPONSE, cache.version)
    assert cache.get("6") is None
    assert cache.get("9") == RESPONSE
