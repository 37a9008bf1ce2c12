from services.gateway.admission.rate_limits import RateLimits
from services.gateway.admission.rules import Limit


def test_keys_are_limited_separately() -> None:
    """Requests of one address do not count against another."""
    limits = RateLimits(Limit(rate=1, burst=1), lambda: 0.0)
    assert limits.wait_s("a") == 0
    assert limits.wait_s("a") == 1
    assert limits.wait_s("b") == 0


def test_memory_is_bounded() -> None:
    """Only the most recent addresses are remembered."""
    limits = RateLimits(Limit(rate=1, burst=1), lambda: 0.0, remembered=10)
    for number in range(100):
        limits.wait_s(str(number))
    assert limits.wait_s("99") > 0
    assert limits.wait_s("89") == 0


def test_active_key_is_not_forgotten() -> None:
    """A flood of new addresses does not reset the limit of an active one."""
    limits = RateLimits(Limit(rate=1, burst=1), lambda: 0.0, remembered=10)
    for number in range(100):
        limits.wait_s(f"other-{number}")
        limits.wait_s("busy")
    assert limits.wait_s("busy") > 0
