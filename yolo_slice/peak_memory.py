"""The largest memory that this process has had."""

import re
import sys
from pathlib import Path

import psutil

STATUS = Path("/proc/self/status")


def peak_memory_mb() -> float:
    """Return the largest resident memory so far, MB."""
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset / 1e6
    if STATUS.is_file():  # Linux's getrusage tells a new process the peak of the one that started it
        found = re.search(r"(?m)^VmHWM:\s*(\d+) kB", STATUS.read_text(encoding="ascii", errors="replace"))
        if found:
            return int(found[1]) * 1024 / 1e6
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def peak_gpu_memory_mb() -> float | None:
    """Return the largest memory of torch's tensors on the GPU so far, MB; None where none is in use."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return None
    return round(torch.cuda.max_memory_allocated() / 1e6, 1)
