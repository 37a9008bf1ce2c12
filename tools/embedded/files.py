"""Files that a later start reads. Standard library only: the launcher imports this."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner may read it, from its first byte on."""
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
