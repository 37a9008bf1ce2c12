from pathlib import Path

import pytest

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.founding import found, founding_of


def test_a_folder_keeps_its_number_and_its_id(tmp_path: Path) -> None:
    """Brokers that start again still belong together."""
    assert founding_of(tmp_path) is None
    first = found(tmp_path, 3)
    assert first.brokers == 3
    assert found(tmp_path, 3) == founding_of(tmp_path) == first


@pytest.mark.parametrize(("before", "asked"), [(1, 3), (3, 1)])
def test_another_number_is_refused(tmp_path: Path, before: int, asked: int) -> None:
    """Data of one broker is no data of three, and nothing is begun over it."""
    first = found(tmp_path, before)
    with pytest.raises(EmbeddedStackFailed, match=f"was made with {before} of --brokers"):
        found(tmp_path, asked)
    assert founding_of(tmp_path) == first


def test_a_folder_from_before_this_was_kept_is_one_brokers(tmp_path: Path) -> None:
    """An older version's data is used on, and not by three."""
    (tmp_path / "data").mkdir()
    with pytest.raises(EmbeddedStackFailed, match="was made with 1 of"):
        found(tmp_path, 3)
    assert found(tmp_path, 1).brokers == 1
