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


@pytest.mark.long
def test_checkpoints_load_and_predict_safely_in_a_new_process(tmp_path: Path) -> None:
    from ultralytics import YOLO, utils

    if not hasattr(utils, "SAFE_LOAD"):
        pytest.skip("this ultralytics has no ULTRALYTICS_SAFE_LOAD")
    names = ("yolov8n-slice", "yolov5n-5.0-slicesamp")
    for name in names:
        YOLO(f"{name}.yaml").save(tmp_path / f"{name}.pt")
    code = (
        "import numpy, sys; from ultralytics import YOLO; from ultralytics.utils import SAFE_LOAD; assert SAFE_LOAD;"
        "image = numpy.zeros((64, 64, 3), 'uint8');"
        "print(*(len(YOLO(file).predict(image, imgsz=64, verbose=False)) for file in sys.argv[1:]), 'ok')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *(f"{name}.pt" for name in names)],
        env={**os.environ, "ULTRALYTICS_SAFE_LOAD": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.splitlines()[-1:] == ["1 1 ok"], result.stderr
