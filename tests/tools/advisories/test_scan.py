"""Known vulnerabilities of locked packages are found offline."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from tools.advisories.scan import COMMITTED, Finding, Record, locked, records, scan

LOCK = Path(__file__).parents[3] / "uv.lock"


def _advisory(*events: dict[str, str], versions: tuple[str, ...] = ()) -> Record:
    affected = {
        "package": {"ecosystem": "PyPI", "name": "AioHTTP"},
        "ranges": [{"type": "ECOSYSTEM", "events": list(events)}],
        "versions": list(versions),
    }
    return {"id": "PYSEC-1", "aliases": ["CVE-1"], "affected": [affected]}


def test_no_locked_package_is_known_to_be_vulnerable() -> None:
    """The committed advisories are about locked packages, and affect none of them."""
    packages, advisories = locked(LOCK), list(records(COMMITTED))
    about = {each["affected"][0]["package"]["name"] for each in advisories}
    assert len(about & set(packages)) > 10
    assert scan(packages, advisories) == []


def test_an_old_version_is_found() -> None:
    """The committed advisories name what was wrong with an earlier aiohttp."""
    found = scan({"aiohttp": "3.9.0"}, records(COMMITTED))
    assert "PYSEC-2024-24" in {each.advisory for each in found}


@pytest.mark.parametrize(
    ("version", "affected"),
    [("1.0", False), ("1.2", True), ("1.3", True), ("2.0rc1", True), ("2.0", False), ("2.9", True)],
)
def test_ranges(version: str, affected: bool) -> None:
    """A version is affected from the one that introduced it until the one that fixed it."""
    advisory = _advisory(
        {"introduced": "1.1"}, {"fixed": "2.0"}, {"introduced": "2.5"}, {"last_affected": "2.9"}
    )
    assert bool(scan({"aiohttp": version}, [advisory])) is affected


def test_a_listed_version_is_found() -> None:
    """An advisory may list versions in place of a range."""
    advisory = _advisory(versions=("3.1",))
    assert scan({"aiohttp": "3.1"}, [advisory]) == [
        Finding("aiohttp", "3.1", "PYSEC-1", ("CVE-1",))
    ]


def test_what_was_withdrawn_does_not_count() -> None:
    """A withdrawn advisory affects nothing."""
    advisory = {**_advisory({"introduced": "0"}), "withdrawn": "2026-01-01T00:00:00Z"}
    assert scan({"aiohttp": "3.1"}, [advisory]) == []


def test_an_archive_is_read(tmp_path: Path) -> None:
    """The archive that osv.dev publishes has one record per member."""
    with ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("PYSEC-1.json", json.dumps(_advisory({"introduced": "0"})))
    assert scan({"aiohttp": "3.1"}, records(tmp_path / "all.zip"))
