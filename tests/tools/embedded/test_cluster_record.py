from pathlib import Path

import pytest

from tools.embedded.cluster_record import ensure_record, read_record
from tools.embedded.errors import EmbeddedStackFailed


def test_a_folder_keeps_its_number_and_its_id(tmp_path: Path) -> None:
    """Restarted brokers form the same cluster."""
    assert read_record(tmp_path) is None
    first = ensure_record(tmp_path, 3)
    assert first.brokers == 3
    assert ensure_record(tmp_path, 3) == read_record(tmp_path) == first


@pytest.mark.parametrize(("before", "asked"), [(1, 3), (3, 1)])
def test_another_number_is_refused(tmp_path: Path, before: int, asked: int) -> None:
    """The data of one broker cannot be used by three, and the file does not change."""
    first = ensure_record(tmp_path, before)
    with pytest.raises(EmbeddedStackFailed, match=f"was made with {before} of --brokers"):
        ensure_record(tmp_path, asked)
    assert read_record(tmp_path) == first


def test_a_folder_of_an_older_version_has_one_broker(tmp_path: Path) -> None:
    """Its data is used by one broker, and not by three."""
    (tmp_path / "data").mkdir()
    with pytest.raises(EmbeddedStackFailed, match="was made with 1 of"):
        ensure_record(tmp_path, 3)
    assert ensure_record(tmp_path, 1).brokers == 1
