"""Install versions of Ultralytics one after the other, each in a folder of its own, and run some tests on each."""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from yolo_slice.cli.words import read_settings
from yolo_slice.errors import SliceError

CHECKOUT = Path(__file__).resolve().parents[1]
SERIES = "8.4."
# What touches Ultralytics most, in about a minute of one processor.
TESTS = ("tests/integration/hooks", "tests/integration/model_files", "tests/metrics/test_validation_hook.py")
MARKS = "not slow and not long and not apart"
FINAL = re.compile(re.escape(SERIES) + r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySettings:
    """Run a part of the tests on published versions of Ultralytics.

    Attributes:
        versions: These versions; default: a spread of 8.4, and the newest pre-release if it is newer.
        count: How many versions the spread has, the oldest and the newest among them.
        folder: Where they are installed, one at a time.
        tests: Files and folders of tests.
    """

    versions: tuple[str, ...] = ()
    count: int = 6
    folder: Path = Path(".venv/canary")
    tests: tuple[str, ...] = TESTS


def main() -> int:
    """Return 1 if a version fails."""
    try:
        settings = read_settings(CanarySettings, sys.argv[1:], ("versions",))
        versions = settings.versions or choose_versions(published_versions(), settings.count)
    except SliceError as error:
        print(f"canary: {error}", file=sys.stderr)
        return 2
    failed = [version for version in versions if not try_version(version, settings)]
    print(f"{len(versions)} versions tried, {len(failed)} failed" + (f", the first is {failed[0]}" if failed else ""))
    return int(bool(failed))


def published_versions() -> list[str]:
    """List what the index offers, pre-releases too, the oldest first.

    Raises:
        SliceError: If it cannot be asked.
    """
    asked = [sys.executable, "-m", "pip", "index", "versions", "ultralytics", "--pre"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    found = re.search(r"Available versions: (.*)", said.stdout)
    if found is None:
        raise SliceError(f"pip cannot list the versions of ultralytics: {said.stderr.strip()[-300:]}")
    return found[1].split(", ")[::-1]


def choose_versions(published: list[str], count: int) -> tuple[str, ...]:
    """Spread `count` versions evenly over the series; add what is newer than its last, if it is a pre-release.

    Raises:
        SliceError: If there are fewer than two to choose.

    Example:
        >>> choose_versions(["8.3.9", "8.4.0", "8.4.1", "8.4.3", "8.4.4", "8.4.5rc1"], 3)
        ('8.4.0', '8.4.1', '8.4.4', '8.4.5rc1')
    """
    series = [version for version in published if FINAL.fullmatch(version)]
    if count < 2 or len(series) < 2:
        raise SliceError(f"count={count}, and {len(series)} versions {SERIES}x published: expected at least 2 of each")
    chosen = [series[round(n * (len(series) - 1) / (count - 1))] for n in range(count)]
    is_newer = published[-1] != series[-1] and re.search(r"[a-z]", published[-1])
    return (*dict.fromkeys(chosen), *([published[-1]] if is_newer else []))


def try_version(version: str, settings: CanarySettings) -> bool:
    """Install a version without what it depends on, run the tests on it, and say in one line what came of it."""
    folder, started = settings.folder.resolve() / version, time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder)]
    installed = subprocess.run([*install, f"ultralytics=={version}"], capture_output=True, text=True, check=False)
    if installed.returncode:
        print(f"{version}: cannot be installed: {installed.stderr.strip()[-300:]}", flush=True)
        return False
    path = os.pathsep.join((str(folder), str(CHECKOUT)))
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", MARKS, *settings.tests]
    env = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    ran = subprocess.run(tests, cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False)
    shutil.rmtree(folder, ignore_errors=True)
    print(f"{version}: {_last(ran.stdout + ran.stderr)} ({time.monotonic() - started:.0f} s)", flush=True)
    for line in ran.stdout.splitlines():
        if line.startswith(("FAILED", "ERROR")):
            print(f"    {line}", flush=True)
    return ran.returncode == 0


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["pytest says nothing"])[-1]


if __name__ == "__main__":
    sys.exit(main())
