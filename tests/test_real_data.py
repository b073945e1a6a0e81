"""The stock API on real videos, images and weights, where they lie beside the checkout."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from ultralytics import YOLO

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize(("name", "frames"), [("car-detection.mp4", 377), ("one-by-one-person-detection.mp4", 1394)])
def test_predict_reads_every_strided_frame_of_a_video(name: str, frames: int, real_data: Path) -> None:
    results = YOLO("yolov8n-slice.yaml").predict(
        real_data / "videos" / name, imgsz=64, vid_stride=100, stream=True, verbose=False
    )
    seen = [result.orig_img for result in results]
    assert len(seen) == frames // 100
    video = cv2.VideoCapture(str(real_data / "videos" / name))
    for _ in range(100):
        ok, last = video.read()
    assert ok
    assert np.array_equal(seen[0], last)


def test_a_trained_model_keeps_its_ap_as_an_spd_model(real_data: Path, tmp_path: Path) -> None:
    """SPD-Conv computes what the trained convolution does: the same detections, and so the same AP."""
    shutil.copytree(real_data / "coco128", tmp_path / "coco128")
    data = yaml.safe_load((real_data / "coco128" / "coco128.yaml").read_text())
    file = tmp_path / "coco128.yaml"
    file.write_text(yaml.safe_dump({**data, "path": str(tmp_path / "coco128")}))
    weights = str(real_data / "weights" / "yolov8n_dq.pt")
    settings = {"data": str(file), "imgsz": 160, "plots": False, "workers": 0, "project": tmp_path, "verbose": False}
    stock = YOLO(weights).val(**settings).box
    spd = YOLO("yolov8n-spd.yaml").load(weights).val(**settings).box
    assert stock.map50 > 0.25
    assert spd.ap_class_index.tolist() == stock.ap_class_index.tolist()
    assert spd.all_ap == pytest.approx(stock.all_ap, abs=1e-3)
