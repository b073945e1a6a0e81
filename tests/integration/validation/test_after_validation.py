"""After a validation: COCO's numbers for every task with upright boxes, not a word of ours for the others."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_training import make_data
from ultralytics import YOLO
from ultralytics.cfg import TASK2MODEL, TASKS
from ultralytics.utils import LOGGER

from yolo_slice.integration.log import inform_once

MEASURED = {"detect", "segment", "pose"}

pytestmark = pytest.mark.filterwarnings("default")  # Ultralytics' own runs warn in many places


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    text, level = io.StringIO(), LOGGER.level
    monkeypatch.setattr(LOGGER, "handlers", [logging.StreamHandler(text)])
    LOGGER.setLevel(logging.INFO)
    yield text
    LOGGER.setLevel(level)


@pytest.mark.long
@pytest.mark.parametrize("task", sorted(TASKS))
def test_every_task_of_this_ultralytics(task: str, tmp_path: Path, log: io.StringIO) -> None:
    data = make_data(tmp_path / "data", task)
    inform_once.cache_clear()
    model = YOLO(TASK2MODEL[task].replace(".pt", ".yaml"))
    for name in ("one", "two"):
        metrics = model.val(data=str(data), project=str(tmp_path), name=name, imgsz=64, workers=0, plots=False)
    written = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*coco*"))
    ours = [line for line in log.getvalue().splitlines() if "yolo-slice" in line or "COCO" in line]
    if task in MEASURED:
        assert sum("COCO (box area)" in line for line in ours) == 2
        assert metrics.coco.images == 4
        assert written == [f"{run}/coco_metrics.{suffix}" for run in ("one", "two") for suffix in ("csv", "json")]
    else:
        assert (hasattr(metrics, "coco"), written) == (False, [])
        said = ["yolo-slice: COCO's numbers are those of upright boxes; not measured for task obb"]
        assert ours == (said if task == "obb" else [])
