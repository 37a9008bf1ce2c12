"""Whether an adapter keeps the rules; see README.md beside this file."""

from tests.conformance import checks
from tests.conformance.pair import Pair


async def test_the_adapter_keeps_the_rule(rule: str, pair: Pair) -> None:
    """What the adapter writes is what the contract promises, whatever it is sent."""
    await checks.run(rule, pair)
