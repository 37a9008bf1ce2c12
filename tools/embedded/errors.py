from pathlib import Path

LOG_TAIL_LINES = 25
LOG_TAIL_BYTES = 16_384


class EmbeddedStackFailed(Exception):
    """Kafka or PostgreSQL did not start; the message has the failure and its remedy."""

    def __init__(self, what: str, *, remedy: str, log_path: Path | None = None) -> None:
        parts = [f"{what}. Remedy: {remedy}."]
        if log_path is not None:
            parts.append(f"The end of {log_path}:\n{log_tail(log_path)}")
        super().__init__("\n".join(parts))
        self.what = what
        self.remedy = remedy


def log_tail(path: Path) -> str:
    """Read the last lines of a log, or say that there is none."""
    if not path.exists():
        return "(no log was written)"
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
        lines = log.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-LOG_TAIL_LINES:]) or "(the log is empty)"
