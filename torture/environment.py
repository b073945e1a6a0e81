"""An Ultralytics that keeps to itself, a folder for everything, and no threads before processes are forked."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torture import CHECKOUT

PLACE = Path(tempfile.gettempdir())


@contextmanager
def private() -> Iterator[None]:
    """Set the environment, and load what every command needs once."""
    config = tempfile.mkdtemp(prefix="torture-config-")
    os.environ |= {
        "PYTHONPATH": str(CHECKOUT),
        "YOLO_AUTOINSTALL": "false",
        "YOLO_OFFLINE": "true",
        "YOLO_CONFIG_DIR": config,
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": config,
        "TORCHINDUCTOR_CACHE_DIR": config,
        "OMP_NUM_THREADS": "1",
    }
    Path(config).chmod(0o755)
    try:
        import torch
        import ultralytics.models.yolo.detect  # noqa: F401

        import yolo_slice
        from yolo_slice.cam.run import run as _  # noqa: F401
        from yolo_slice.cam.score import run  # noqa: F401
        from yolo_slice.compare import report  # noqa: F401
        from yolo_slice.data import check_dataset, convert_dataset, save_html  # noqa: F401
        from yolo_slice.metrics import evaluation  # noqa: F401
        from yolo_slice.transfer import convert_weights  # noqa: F401

        torch.set_num_threads(1)
        print(f"torture: {yolo_slice.__file__}, torch {torch.__version__}, Python {sys.version.split()[0]}")
        yield
    finally:
        shutil.rmtree(config, ignore_errors=True)
