"""The drawing of the hops follows the README's list and the map of topics."""

import pytest

from tools.generate.way import drawing

_HOPS = """\
1. [`gateway/a.py`](a.py) `forward` forwards. Span: `gateway POST /v1/applications`.
2. [`applications/b.py`](b.py) `submit` stores.
3. [`libs/relay.py`](c.py) `Relay.run` publishes. Span: `applications send submissions.hosted.v1`.
4. [`ministries/d.py`](d.py) `on_submissions` it. Span: `ministries process submissions.hosted.v1`.
"""


def test_a_hop_stands_in_the_column_of_its_service() -> None:
    """A function of a library stands where its span is; one without a span, in its folder's."""
    made = drawing(_HOPS)
    columns = [made.index(f">{name}</text>") for name in ("gateway", "applications", "ministries")]
    assert columns == sorted(columns)
    for function in ("1 forward", "2 submit", "3 Relay.run", "4 on_submissions"):
        assert f">{function}</text>" in made
    assert made.count('class="arrow topic"') == 1


def test_a_topic_goes_from_its_writer_to_its_reader() -> None:
    """A README that says otherwise is not drawn."""
    with pytest.raises(LookupError, match="gateway does not reach ministries by submissions"):
        drawing(_HOPS.replace("applications", "gateway"))
