"""The number of brokers and the cluster id of a folder, which stay over restarts."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.files import write_whole

RECORD_FILE = "cluster.json"


@dataclass(frozen=True)
class ClusterRecord:
    """The number of brokers of a folder, and the id of their cluster."""

    brokers: int
    cluster_id: str


def read_record(folder: Path) -> ClusterRecord | None:
    """Read the record of a folder; None if it is new."""
    path = folder / RECORD_FILE
    if path.exists():
        return ClusterRecord(**json.loads(path.read_text()))
    # A folder of an older version without a record has one broker, which stores its id itself.
    return ClusterRecord(1, _new_id()) if (folder / "data").exists() else None


def ensure_record(folder: Path, brokers: int) -> ClusterRecord:
    """Write the record of a folder, unless it has one.

    Raises:
        EmbeddedStackFailed: it was made for another number.
    """
    record = read_record(folder) or ClusterRecord(brokers, _new_id())
    if record.brokers != brokers:
        raise EmbeddedStackFailed(
            f"Kafka in {folder} was made with {record.brokers} of --brokers, not {brokers}",
            remedy="leave the number out, or use another folder",
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / RECORD_FILE, json.dumps(asdict(record)))
    return record


def _new_id() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
