"""Of two processes that write the same, one does; a lock whose holder was killed is nobody's."""

import os
import subprocess
import sys
import time

import pytest

from yolo_slice.atomic_file import whole_file, write_whole
from yolo_slice.errors import SliceError
from yolo_slice.write_lock import only_writer

HOLD = """
import sys, time
from pathlib import Path
from yolo_slice.write_lock import only_writer
with only_writer(Path(sys.argv[1]), Path(sys.argv[1] + ".lock")):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def hold():
    """Start a process that holds the lock of a file for some seconds."""
    processes = []

    def start(path, seconds=60):
        command = [sys.executable, "-c", HOLD, str(path), str(seconds)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert processes[-1].stdout.readline() == "held\n"
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def take(path, **how):
    with only_writer(path, path.with_name(f"{path.name}.lock"), **how) as was_left:
        return was_left


def test_the_second_says_who_the_first_is(tmp_path, hold):
    holder = hold(tmp_path / "out")
    with pytest.raises(SliceError, match=f"out is being written by process {holder.pid}; wait for it, or name"):
        take(tmp_path / "out")
    holder.kill()
    holder.wait()
    assert (tmp_path / "out.lock").exists()
    assert take(tmp_path / "out") is True  # it was left behind
    assert take(tmp_path / "out") is False
    assert [*tmp_path.iterdir()] == []


def test_it_can_be_waited_for(tmp_path, hold):
    hold(tmp_path / "out", 0.5)
    start = time.monotonic()
    take(tmp_path / "out", wait=True)
    assert time.monotonic() - start > 0.3


def write_half(file):
    with whole_file(file) as partial:
        partial.write_text("half")
        write_whole(file, "meanwhile")


def test_a_file_has_one_writer(tmp_path):
    with pytest.raises(SliceError, match=rf"a\.csv is being written by process {os.getpid()}"):
        write_half(tmp_path / "a.csv")
    assert [*tmp_path.iterdir()] == []
