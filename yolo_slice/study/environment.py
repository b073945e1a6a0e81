"""What a record says of where it was made."""

import hashlib
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yolo_slice


def versions() -> dict[str, str]:
    """Return the versions that numbers depend on."""
    known = {name: _version(name) for name in ("torch", "ultralytics")}
    return {
        "python": platform.python_version(),
        **known,
        "yolo-slice": yolo_slice.__version__,
        "platform": platform.platform(),
    }


def git_commit() -> str | None:
    """Return the commit of the checkout that yolo-slice runs from, with -dirty if it is changed; None without one."""
    folder = Path(yolo_slice.__file__).parents[1]
    if not (folder / ".git").exists():
        return None
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--exclude=*", "--abbrev=40"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def describe_device(device: str) -> str:
    """Name a device as a record does: `cpu, 1 thread`, or the GPU."""
    import torch

    if device == "cpu":
        threads = torch.get_num_threads()
        return f"cpu, {threads} thread{'s' if threads > 1 else ''}"
    return torch.cuda.get_device_name(int(device)) if device.isdigit() else device


def host_name() -> str:
    """Return a name of this machine that tells machines apart, and says nothing else."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def plain(value: Any) -> Any:
    """Write a setting as JSON can hold it."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return str(getattr(__import__(name), "__version__", "unknown"))
