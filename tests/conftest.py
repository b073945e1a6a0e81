"""What every test needs: an Ultralytics that keeps to itself, and the real data where it lies beside the checkout."""

import os
import tempfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
collect_ignore_glob = ["conftest.py", "*/conftest.py"]  # --doctest-modules would take them for modules of one name

# Before ultralytics is imported: no installing, no settings shared with the user's own runs.
os.environ["YOLO_AUTOINSTALL"] = "false"
os.environ["YOLO_CONFIG_DIR"] = tempfile.mkdtemp(prefix="yolo-slice-tests-")
os.environ["YOLO_VERBOSE"] = "false"
os.environ["MPLBACKEND"] = "agg"
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images, videos and weights; the test is skipped, with this reason, where it is missing."""
    folder = Path(os.environ.get("YOLO_SLICE_DATA", CHECKOUT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (set YOLO_SLICE_DATA)")
    return folder
