"""The engine, with processes that train nothing: order, shells that share, failures, deaths, ends."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from small_study import small_study, start_fake, trained_by

from yolo_slice.study.announcements import Announcements
from yolo_slice.study.cell import Cell
from yolo_slice.study.engine import DEATHS, Engine

pytestmark = pytest.mark.long


def engine(cells: list[Cell], devices: tuple[str, ...] = ("cpu",), **environment: str) -> Engine:
    return Engine(cells, devices, Announcements(cells, len(devices)), partial(start_fake, **environment))


def states(cells: list[Cell]) -> list[str | None]:
    return [(cell.read_record() or {}).get("state") for cell in cells]


def test_cells_are_trained_seed_by_seed_each_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = small_study(tmp_path)
    engine(cells).run()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines[::2]] == ["d/a/seed=0", "d/b/seed=0", "d/a/seed=1", "d/b/seed=1"]
    assert "d/a/seed=0 starts on cpu" in lines[0]
    assert lines[1].endswith("d/a/seed=0 finished in 2 s: AP 0.500; 1 of 4 done, about 6 s left")
    assert lines[-1].endswith("4 of 4 done")
    assert [len(trained_by(cell)) for cell in cells] == [1, 1, 1, 1]


def test_each_device_has_a_process(tmp_path: Path) -> None:
    cells = small_study(tmp_path)
    engine(cells, ("cpu", "mps"), FAKE_S="0.5").run()
    assert {word for cell in cells for word in trained_by(cell)[0].split()[1:]} == {"cpu", "mps"}


def test_two_shells_share_the_cells_and_end_together(tmp_path: Path) -> None:
    cells = small_study(tmp_path, seeds=(0, 1, 2))
    shells = [threading.Thread(target=engine(cells, FAKE_S="0.2").run) for _ in range(2)]
    for shell in shells:
        shell.start()
    for shell in shells:
        shell.join(120)
    assert [len(trained_by(cell)) for cell in cells] == [1] * 6
    assert states(cells) == ["finished"] * 6
    assert not [*tmp_path.rglob("claim*")]


def test_a_cell_that_fails_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = small_study(tmp_path)
    engine(cells, FAKE_FAIL="d/a/seed=0").run()
    assert states(cells) == ["failed", "finished", "finished", "finished"]
    assert "d/a/seed=0 FAILED: ValueError: spoon; 1 of 4 done\n    the loss is a spoon\n" in capsys.readouterr().out


def test_a_cell_whose_process_dies_starts_again_and_fails_when_it_dies_again_and_again(tmp_path: Path) -> None:
    cells = small_study(tmp_path)
    engine(cells, FAKE_DIE="d/b/seed=0").run()
    assert states(cells) == ["finished", "failed", "finished", "finished"]
    assert len(trained_by(cells[1])) == DEATHS
    record = cells[1].read_record()
    assert record is not None
    assert "ended 3 times in a row (exit status -15)" in record["error"]


CODE = """
import sys
from functools import partial
from pathlib import Path
from yolo_slice.study.cell import cells_of
from yolo_slice.study.protocol import read_protocol
from yolo_slice.study.announcements import Announcements
from yolo_slice.study.engine import Engine
from small_study import start_fake
cells = cells_of(Path(sys.argv[1]), read_protocol(Path(sys.argv[1])))
Engine(cells, ("cpu", "cpu"), Announcements(cells, 2), partial(start_fake, FAKE_S="60")).run()
"""


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGINT", "SIGTERM"])
def test_children_end_with_their_parent_however_it_ends(tmp_path: Path, signal: str) -> None:
    import signal as signals

    cells = small_study(tmp_path)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", CODE, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as parent:
        until(lambda: all(trained_by(cell) for cell in cells[:2]))
        parent.send_signal(getattr(signals, signal))
        parent.communicate(timeout=60)
    pids = [int(trained_by(cell)[0].split()[0]) for cell in cells[:2]]
    until(lambda: not any(is_running(pid) for pid in pids))
    engine(cells).run()  # and nothing is in the way of another one
    assert states(cells) == ["finished"] * 4


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
