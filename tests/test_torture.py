"""The fast half of the torture suite: a few trials of every subject, always the same ones; `make torture` runs all."""

import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
SUBJECTS = {module.name for module in pkgutil.iter_modules([str(CHECKOUT / "torture" / "subjects")])}
ROW = re.compile(r"(\w+) +(\d+) +(\d+) +(\d+) +\d+ +\d+ +\d+")


@pytest.mark.slow
@pytest.mark.apart
@pytest.mark.skipif(not hasattr(os, "fork"), reason="torture forks its commands, and this system cannot")
def test_nothing_falls() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "torture", "fast=True"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    said = result.stdout[-6000:] + result.stderr[-2000:]
    print(said)
    rows = {row[1]: tuple(map(int, row.groups()[1:])) for row in map(ROW.fullmatch, result.stdout.splitlines()) if row}
    assert rows.keys() == SUBJECTS, said
    assert result.returncode == 0, said
    assert sum(held for _, held, _ in rows.values()) > 35, said  # what a machine does not allow is not tried
