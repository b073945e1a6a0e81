"""What we say through Ultralytics' log; the progress bar, for people who wait at a terminal."""

import os
import subprocess
import sys

import pytest

from yolo_slice.integration import log


class Bar:
    def __init__(self) -> None:
        self.steps: list[int] = []
        self.is_closed = False

    def update(self, n: int = 1) -> None:
        self.steps.append(n)

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> list[Bar]:
    made: list[Bar] = []

    def make(description: str, total: int | None, done: int) -> Bar:
        made.append(Bar())
        made[-1].update(done)
        return made[-1]

    monkeypatch.setattr(log, "_make_bar", make)
    monkeypatch.setattr(log.time, "monotonic", iter(range(100)).__next__)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    return made


def test_a_bar_appears_once_the_work_takes_long_and_counts_all(bars: list[Bar]) -> None:
    seen = log.progress("abcde", "letters")
    assert [next(seen), bars] == ["a", []]
    assert [*seen] == [*"bcde"]
    [bar] = bars
    assert (sum(bar.steps), bar.is_closed) == (5, True)


def test_an_interrupted_bar_is_closed(bars: list[Bar]) -> None:
    seen = log.progress(iter("abcde"), "letters")
    assert [next(seen), next(seen), next(seen)] == [*"abc"]
    seen.close()
    assert bars[0].is_closed


def test_there_is_none_in_a_pipe(bars: list[Bar], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert [*log.progress("abcde", "letters")] == [*"abcde"]
    assert bars == []


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", "WARNING ⚠️ yolo-slice: mind"), ("cp1252", "WARNING yolo-slice: mind")]
)
def test_warnings_are_shown_in_every_encoding(encoding: str, shown: str) -> None:
    code = f"""
import sys
from ultralytics.utils import LOGGER
from yolo_slice.integration.log import warn
sys.stdout.reconfigure(encoding={encoding!r})
warn("mind")
"""
    env = {**os.environ, "YOLO_VERBOSE": "true"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert shown in done.stdout.decode(encoding)
    assert "Traceback" not in done.stderr.decode()
