from services.gateway.documentation.examples import EXAMPLES
from services.gateway.forwarding.operations import ROUTES


def test_examples_are_those_of_the_bodies() -> None:
    """Each body has its example, and no example is left without an operation."""
    assert EXAMPLES.keys() == {operation.name for operation in ROUTES if operation.body}
