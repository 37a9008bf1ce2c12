"""What a folder of Kafka's remembers of the day it was made."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.embedded.errors import EmbeddedStackFailed

FOUNDING_FILE = "cluster.json"


@dataclass(frozen=True)
class Founding:
    """How many brokers a folder is for, and the id that all of them need to know each other."""

    brokers: int
    cluster_id: str


def founding_of(folder: Path) -> Founding | None:
    """Read what a folder was made for; None if it is new."""
    path = folder / FOUNDING_FILE
    if path.exists():
        return Founding(**json.loads(path.read_text()))
    # A folder from before this file was kept is one broker's, which knows its id itself.
    return Founding(1, _new_id()) if (folder / "data").exists() else None


def found(folder: Path, brokers: int) -> Founding:
    """Have a folder remember how many brokers it is for.

    Raises:
        EmbeddedStackFailed: it was made for another number.
    """
    founding = founding_of(folder) or Founding(brokers, _new_id())
    if founding.brokers != brokers:
        raise EmbeddedStackFailed(
            f"Kafka in {folder} was made with {founding.brokers} of --brokers, not {brokers}",
            mend="leave the number out, or use another folder",
        )
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{FOUNDING_FILE}.draft"
    draft.write_text(json.dumps(asdict(founding)))
    draft.replace(folder / FOUNDING_FILE)
    return founding


def _new_id() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
