"""Checkpoints with our blocks under ULTRALYTICS_SAFE_LOAD=1, in a process that never names us."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from yolo_slice.blocks import BLOCKS
from yolo_slice.integration.model_files.heads import head_classes


def test_block_and_head_classes_are_safe_globals() -> None:
    classes = {*(entry.cls for entry in BLOCKS.values()), *head_classes().values()}
    assert classes <= set(torch.serialization.get_safe_globals())


@pytest.mark.parametrize("name", ["yolov8n-slice.yaml", "yolov5n-5.0-slicesamp.yaml"])
def test_checkpoint_loads_and_predicts_safely_in_a_new_process(name: str, tmp_path: Path) -> None:
    from ultralytics import YOLO, utils

    if not hasattr(utils, "SAFE_LOAD"):
        pytest.skip("this ultralytics has no ULTRALYTICS_SAFE_LOAD")
    YOLO(name).save(tmp_path / "model.pt")
    code = (
        "import numpy, sys; from ultralytics import YOLO; from ultralytics.utils import SAFE_LOAD; assert SAFE_LOAD;"
        "r = YOLO(sys.argv[1]).predict(numpy.zeros((64, 64, 3), 'uint8'), imgsz=64, verbose=False);"
        "print(len(r), 'ok')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "model.pt")],
        env={**os.environ, "ULTRALYTICS_SAFE_LOAD": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.splitlines()[-1:] == ["1 ok"], result.stderr
