"""The canary: which versions it chooses, and that it tells a version that fails from one that holds."""

import importlib.util
import os
import subprocess
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from yolo_slice.errors import SliceError

FILE = Path(__file__).parents[1] / "canary" / "__main__.py"


@pytest.fixture(scope="module")
def canary() -> ModuleType:
    spec = importlib.util.spec_from_file_location("canary_main", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("published", "count", "chosen"),
    [
        ("8.3.9 8.4.0 8.4.1 8.4.2 8.4.3 8.4.4", 3, "8.4.0 8.4.2 8.4.4"),
        ("8.4.0 8.4.1 8.4.2b1 8.4.2", 2, "8.4.0 8.4.2"),
        ("8.4.0 8.4.1 8.4.2rc1", 2, "8.4.0 8.4.1 8.4.2rc1"),
        ("8.4.0 8.4.1 8.5.0a1", 9, "8.4.0 8.4.1 8.5.0a1"),
        ("8.4.0 8.4.1 8.5.0", 2, "8.4.0 8.4.1"),  # another series is another decision
    ],
)
def test_a_spread_and_the_newest_pre_release(canary: ModuleType, published: str, count: int, chosen: str) -> None:
    assert canary.choose_versions(published.split(), count) == tuple(chosen.split())


def test_too_few_are_one_line(canary: ModuleType) -> None:
    with pytest.raises(SliceError, match=r"count=1, and 2 versions 8.4.x published"):
        canary.choose_versions(["8.4.0", "8.4.1"], 1)


def test_versions_are_those_that_pip_lists(canary: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    said = SimpleNamespace(stdout="ultralytics (8.4.1)\nAvailable versions: 8.4.1, 8.4.0\n", stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: said)
    assert canary.published_versions() == ["8.4.0", "8.4.1"]
    said.stdout = ""
    with pytest.raises(SliceError, match="pip cannot list"):
        canary.published_versions()


def test_the_first_version_that_fails_is_named(
    canary: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """8.4.1 cannot be installed, the tests fail on 8.4.2; the tests see the version's folder before anything else."""
    seen = []

    def run(words: list[str], env: dict | None = None, **_: object) -> SimpleNamespace:
        if "pip" in words:
            return SimpleNamespace(returncode=int(words[-1].endswith("8.4.1")), stdout="", stderr="no such version")
        seen.append(env["PYTHONPATH"].split(os.pathsep)[0])
        is_bad = seen[-1].endswith("8.4.2")
        text = "FAILED tests/a.py::test_b\n1 failed" if is_bad else "2 passed"
        return SimpleNamespace(returncode=int(is_bad), stdout=text, stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr("sys.argv", ["canary", "versions=8.4.0,8.4.1,8.4.2", f"folder={tmp_path}"])
    assert canary.main() == 1
    assert seen == [str(tmp_path / "8.4.0"), str(tmp_path / "8.4.2")]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" (")[0] for line in lines] == [
        "8.4.0: 2 passed",
        "8.4.1: cannot be installed: no such version",
        "8.4.2: 1 failed",
        "    FAILED tests/a.py::test_b",
        "3 versions tried, 2 failed, the first is 8.4.1",
    ]
