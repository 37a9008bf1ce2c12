"""Whether an adapter keeps the rules; see README.md in this folder."""

from tests.conformance import checks
from tests.conformance.pair import Pair


async def test_the_adapter_keeps_the_rule(rule: str, pair: Pair) -> None:
    """The adapter's records keep the contract, whatever it gets."""
    await checks.run(rule, pair)
