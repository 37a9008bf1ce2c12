"""Files that a later start reads; with the standard library only, for the launcher."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Replace a file atomically; only its owner may ever read it."""
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
