"""Programs of Debian's packages, which are unpacked into this folder and not installed."""

import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

_NAGORIK = Path(__file__).resolve().parents[2] / ".nagorik"
_PATH = "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin"


def program(name: str, *packages: str, at: str = "usr/bin") -> Path | None:
    """Return the machine's program, or that of packages; None where neither is to be had.

    Args:
        name: the program's name.
        packages: Debian's packages with all that it needs and the machine may lack.
        at: the program's folder in them.
    """
    if found := shutil.which(name, path=_PATH):
        return Path(found)
    folder = _NAGORIK / packages[0]
    unpacked = folder / at / name
    if not unpacked.exists() and shutil.which("apt-get"):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_NAGORIK) as scratch:
            run = partial(subprocess.run, cwd=scratch, check=False, capture_output=True)
            if run(["apt-get", "download", *packages]).returncode != 0:
                run(["apt-get", "update"])
                run(["apt-get", "download", *packages])
            for package in Path(scratch).glob("*.deb"):
                run(["dpkg", "-x", str(package), str(folder)])
    return unpacked if unpacked.exists() else None
