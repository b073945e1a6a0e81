"""The folder of a benchmark: it is there with a report, or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yolo_slice.bench.settings import BenchSettings
from yolo_slice.integration.folders import make_run_folder


@contextmanager
def bench_folder(settings: BenchSettings) -> Iterator[Path]:
    """Make it; remove it after an error or Ctrl-C, so that its name is free again.

    A folder that had something in it before, by `exist_ok`, stays.
    """
    folder = make_run_folder(settings.project, settings.name, settings.exist_ok)
    is_new = not any(folder.iterdir())
    try:
        yield folder
    except BaseException:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise
