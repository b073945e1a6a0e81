"""What a killed conversion leaves is removed by the next one; of two to one place, one says who the other is."""

import subprocess
import sys

import pytest
from set_maker import make_yolo_set
from voc_maker import names_below

from yolo_slice.data import convert_dataset
from yolo_slice.errors import SliceError

SLOW = """
import sys, time
from yolo_slice.data import convert_dataset, image_transfer
def hang(*_):
    print("copying", flush=True)
    time.sleep(60)
image_transfer.Transfer.place = hang
convert_dataset(sys.argv[1], sys.argv[2], to="voc")
"""


@pytest.fixture
def running(tmp_path):
    """A conversion that does not get beyond its first image."""
    root = make_yolo_set(tmp_path / "set")
    command = [sys.executable, "-c", SLOW, str(root), str(tmp_path / "out")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout.readline() == "copying\n"
    yield root, tmp_path / "out", process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.long
def test_leftovers_and_a_second_conversion(running, tmp_path):
    root, out, process = running
    with pytest.raises(SliceError, match=f"out is being written by process {process.pid}; wait for it"):
        convert_dataset(root, out, to="voc")
    process.kill()
    process.wait()
    assert {"out.unfinished", "out.unfinished.lock"} <= {path.name for path in tmp_path.iterdir()}
    assert convert_dataset(root, out, to="voc").folder == out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "set"]


def test_a_folder_of_that_name_that_is_the_users_stays(tmp_path):
    root = make_yolo_set(tmp_path / "set")
    (tmp_path / "out.unfinished/mine").mkdir(parents=True)
    before = names_below(tmp_path)
    with pytest.raises(SliceError, match="File exists"):
        convert_dataset(root, tmp_path / "out", to="voc")
    assert names_below(tmp_path) == before
