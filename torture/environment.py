"""An Ultralytics that keeps to itself, a folder for everything, and no threads before processes are forked."""

import os
import pkgutil
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torture import CHECKOUT

PLACE = Path(tempfile.gettempdir())
LOADED = (  # once, for all the processes that are forked from this one
    "ultralytics.models.yolo.detect",
    "yolo_slice.cam.run.run",
    "yolo_slice.cam.score.run",
    "yolo_slice.compare.report",
    "yolo_slice.data:check_dataset",
    "yolo_slice.data:convert_dataset",
    "yolo_slice.data:save_html",
    "yolo_slice.metrics.evaluation",
    "yolo_slice.transfer:convert_weights",
)


@contextmanager
def private() -> Iterator[None]:
    """Set the environment, and load what every command needs once."""
    import matplotlib

    config = tempfile.mkdtemp(prefix="torture-config-")
    os.environ |= {
        "PYTHONPATH": str(CHECKOUT),
        "YOLO_AUTOINSTALL": "false",
        "YOLO_OFFLINE": "true",
        "YOLO_CONFIG_DIR": config,
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": matplotlib.get_cachedir(),  # finding all fonts again takes seconds
        "TORCHINDUCTOR_CACHE_DIR": config,
        "OMP_NUM_THREADS": "1",
    }
    Path(config).chmod(0o755)
    try:
        for name in LOADED:
            pkgutil.resolve_name(name)
        import torch

        import yolo_slice

        torch.set_num_threads(1)
        print(f"torture: {yolo_slice.__file__}, torch {torch.__version__}, Python {sys.version.split()[0]}")
        yield
    finally:
        shutil.rmtree(config, ignore_errors=True)
