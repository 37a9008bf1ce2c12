"""The machine that was measured: without it a figure says nothing."""

import os
import platform
from pathlib import Path
from typing import Any

import psutil

_GIB = 1024**3


def machine() -> dict[str, Any]:
    """Cores, their model, memory, kernel and Python."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "model": _model(),
        "memory_gib": round(psutil.virtual_memory().total / _GIB, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def _model() -> str:
    """What the processor calls itself; on other systems than Linux, what the system calls it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
