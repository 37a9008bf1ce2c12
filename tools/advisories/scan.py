"""Looks for known vulnerabilities of the locked packages in advisories that are at hand."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from packaging.utils import canonicalize_name
from packaging.version import Version

# From the Python Packaging Advisory Database, for the packages of uv.lock; see NOTICE.
COMMITTED = Path(__file__).parent / "pysec-2024-10-10.jsonl"

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A locked package that an advisory affects."""

    package: str
    version: str
    advisory: str
    aliases: tuple[str, ...]


def records(path: Path) -> Iterator[Record]:
    """Read advisories in the OSV format (https://ossf.github.io/osv-schema/).

    Args:
        path: a file with one record per line, or a ZIP archive with one per member, such as the
            `all.zip` that osv.dev publishes for PyPI.
    """
    if path.suffix == ".zip":
        with ZipFile(path) as archive:
            for name in archive.namelist():
                yield json.loads(archive.read(name))
    else:
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def locked(lock: Path) -> dict[str, str]:
    """Return the version of each package in a `uv.lock`, by normalised name."""
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    return {canonicalize_name(each["name"]): each["version"] for each in packages}


def scan(packages: Mapping[str, str], advisories: Iterable[Record]) -> list[Finding]:
    """Return the packages that advisories affect, unless these were withdrawn."""
    found: set[Finding] = set()
    for record in advisories:
        for affected in record.get("affected", ()) if "withdrawn" not in record else ():
            name = canonicalize_name(affected["package"]["name"])
            if affected["package"]["ecosystem"] == "PyPI" and name in packages:
                version = packages[name]
                if _is_affected(Version(version), affected):
                    aliases = tuple(record.get("aliases", ()))
                    found.add(Finding(name, version, record["id"], aliases))
    return sorted(found)


def _is_affected(version: Version, affected: Record) -> bool:
    """Whether a version is listed, or within a range (OSV schema, evaluation algorithm)."""
    if str(version) in affected.get("versions", ()):
        return True
    ranges = [each for each in affected.get("ranges", ()) if each["type"] == "ECOSYSTEM"]
    return any(_is_within(version, each["events"]) for each in ranges)


def _is_within(version: Version, events: Iterable[Mapping[str, str]]) -> bool:
    within = False
    places = [(_place(at), kind) for event in events for kind, at in event.items()]
    for place, kind in sorted(places):
        if kind == "introduced":
            within = within or version >= place
        elif kind == "last_affected":
            within = within and version <= place
        else:  # "fixed" or "limit"
            within = within and version < place
    return within


def _place(version: str) -> Version:
    return Version("0.dev0" if version == "0" else version)  # "0" is before all others
