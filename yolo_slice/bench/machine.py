"""What a measurement was made on, and how fast that ran at the moment, where it can be read."""

import platform
import re
import subprocess
from pathlib import Path

CPUFREQ = Path("/sys/devices/system/cpu/cpu0/cpufreq")
UNREADABLE = "not readable"


def processor() -> str:
    """Name the CPU."""
    try:
        found = re.search(r"(?m)^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def clock_state(device: str) -> str:
    """Say at what clock a device runs, what it may reach, and what holds it back.

    Args:
        device: "cpu", or the number of a GPU.
    """
    return _cpu_clock() if device == "cpu" else _gpu_clock(device)


def _cpu_clock() -> str:
    try:
        now, most = (int((CPUFREQ / f"{name}_freq").read_text()) // 1000 for name in ("scaling_cur", "scaling_max"))
        return f"{now} of {most} MHz, governor {(CPUFREQ / 'scaling_governor').read_text().strip()}"
    except (OSError, ValueError):
        return UNREADABLE


def _gpu_clock(device: str) -> str:
    asked = "name,clocks.sm,clocks.max.sm,temperature.gpu,clocks_throttle_reasons.active"
    command = ["nvidia-smi", f"--query-gpu={asked}", "--format=csv,noheader", f"--id={device}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        name, now, most, celsius, reasons = (cell.strip() for cell in done.stdout.splitlines()[0].split(","))
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return UNREADABLE
    return f"{name}, {now} of {most}, {celsius} C, throttle reasons {reasons}"
