"""Whether an adapter keeps the rules; see README.md in this folder."""

from conformance import checks
from conformance.pair import Pair


async def test_the_adapter_keeps_the_rule(rule: str, pair: Pair) -> None:
    """The adapter's records keep the contract, for every input."""
    await checks.run(rule, pair)
