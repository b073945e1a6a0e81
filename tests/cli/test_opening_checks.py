"""Mistakes are told in one line before torch is loaded, which alone takes seconds."""

import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from yolo_slice.cam.methods import METHODS
from yolo_slice.cam.run.settings import CamSettings

MISTAKES = {  # the words, and how the message begins
    "bench model=nope.pt": "model=nope.pt does not exist",
    "bench model=yolov8n-slce.yaml": "model=yolov8n-slce.yaml: there is no such model file; did you mean yolov8n-slice",
    "bench model=m.onnx": "model=m.onnx: expected weights (best.pt) or a model file (yolov8n-slice.yaml)",
    "bench model=m.pt,m.pt": "model= has m.pt twice; give it once",
    "bench model=m.pt format=onxn": "format=onxn: did you mean onnx?",
    "bench model=m.pt imgsz=100": "imgsz=100: expected a multiple of 32",
    "bench model=m.pt rounds=1": "rounds=1: expected 2 or more",
    "bench model=m.pt device=gpu": "device=gpu: expected cpu, or the number of one GPU",
    "bench model=m.pt format=onnx device=0": "format=onnx device=0: ONNX Runtime is measured on cpu only",
    "bench model=m.pt half=True": "format=torch half=True: PyTorch is measured in half precision on gpu only; leave",
    "bench model=m.pt quantize=8 format=openvino": "format=openvino quantize=8: int8 is calibrated on images, and ",
    "bench model=m.pt int8=True format=onnx": "format=onnx int8=True: int8 is calibrated on images, and data= is",
    "bench model=m.pt foo=1": "foo= is no setting of bench and no argument of `yolo export` that it passes on; ",
    "bench model=m.pt fromat=onnx": "fromat= is no setting of bench and no argument of `yolo export` that it passes on",
    "bench model=empty.pt": "model=empty.pt: the file is empty; ",
    "bench model=m.pt data=nope.yaml": "data=nope.yaml does not exist",
    "bench model=yolov8n.yaml data=set/data.yaml": "data=set/data.yaml: yolov8n.yaml has random weights, and so no AP",
    "bench model=m.pt quantise=8": "quantise= is no setting of bench and no argument of `yolo export` that",
    "bench model=m.pt project=m.pt": "project=m.pt name=bench: ",
    "cam model=m.pt source=nope.jpg": "source=nope.jpg does not exist",
    "cam model=m.pt source=set": "source=set has no image or video; set/images has, for example; suffixes: ",
    "cam model=m.pt source=set/*.png": "source=set/*.png matches nothing; suffixes: ",
    "cam model=m.pt source=set/images classes=cta": "the model has no class 'cta'; did you mean cat?",
    "cam model=m.pt source=set/images method=gradcm": "method 'gradcm': no such method; did you mean gradcam?",
    "cam model=m.pt source=set/images colormap=infrno": "unknown colour map 'infrno'; did you mean inferno?",
    "cam model=m.pt source=set/images project=m.pt": "project=m.pt name=cam: ",
    "cam model=nope.pt source=set/images": "model=nope.pt does not exist",
    "cam model=cut.pt source=set/images": "model=cut.pt: a checkpoint that is cut short or damaged (100 bytes); ",
    "cam model=text.pt source=set/images": "model=text.pt: not a PyTorch checkpoint; it begins with b'vers'",
    "cam model=yolov8n-slce.yaml source=set/images": "model=yolov8n-slce.yaml: there is no such model file; did you ",
    "cam model=m.pt source=set/images conf=1": "conf=1: expected a confidence from 0 to below 1",
    "cam score model=m.pt data=nope.yaml": "data=nope.yaml does not exist",
    "cam score model=m.pt data=set/data.yaml classes=cta": "the model has no class 'cta'",
    "cam score model=m.pt data=dogs.yaml": "m.pt knows none of the data set's classes by name; it knows cat, ",
    "convert model=m.pt to=slicesamp": "to=slicesamp is fitted on images, and data= is missing",
    "convert model=m.pt to=slicesamp data=nope.yaml": "data=nope.yaml does not exist",
    "convert model=m.pt to=slicesamp data=set/images images=6": "images=6; calibration needs at least 8",
    "convert model=m.pt to=slicesamp data=set/images": "data=set/images: 1 images found; calibration needs at least 8",
    "convert model=m.pt to=spd out=text.pt": "text.pt exists; remove it, or name another file with out=",
    "convert model=nope.pt to=spd": "model=nope.pt does not exist",
    "convert model=m.onnx to=spd": "model=m.onnx: expected a checkpoint, such as best.pt",
    "eval model=m.pt data=nope.yaml": "data=nope.yaml does not exist",
    "eval model=m.pt data=set/data.yaml split=test": "data=set/data.yaml has no split 'test'",
    "eval model=m.pt data=set/data.yaml annotations=nope.json": "annotations=nope.json does not exist",
    "eval model=nope.pt data=set/data.yaml": "model=nope.pt does not exist",
    "eval truth=nope detections=m.pt": "truth=nope does not exist",
    "eval truth=set detections=nope.json": "detections=nope.json does not exist",
    "data convert nope to=voc": "",
    "data check nope": "",
    "data check set imgsz=x": "imgsz=x: expected a whole number",
    "compare nope": "nope: no such folder; expected run folders",
    "yaml yolov8n-slce": "model=yolov8n-slce: there is no such model file; did you mean yolov8n-slice?",
    "yaml yolov8n-hwd-adown": "'yolov8n-hwd-adown.yaml' does not exist: hwd and adown are both for rows that go down",
    "yaml yolov8n-slice out=text.pt": "out=text.pt exists",
    "demo set": "",
    "demo model=yolov5n-slce.yaml": "model=yolov5n-slce.yaml: there is no such model file; did you mean yolov5n-slice",
    "check foo": "'foo' is not a setting; there are no settings",
    "complexity table=foo": "table=foo: expected one of SliceSamp 1",
}
SUCCESSES = ["list", "list json=True", "list kind=down", "help cam score"]
RUN = """
import contextlib, io, json, sys
from yolo_slice.cli import main
found = {}
for line in json.load(sys.stdin):
    err = io.StringIO()
    with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
        status = main(line.split())
    found[line] = [status, err.getvalue(), "torch" in sys.modules or "ultralytics" in sys.modules]
print(json.dumps(found))
"""


class Model:
    """What a checkpoint holds; unpickled it would need this module."""

    def __init__(self) -> None:
        self.names = {0: "cat", 1: "cow"}


def make_files(folder: Path) -> None:
    with zipfile.ZipFile(folder / "m.pt", "w") as archive:
        archive.writestr("m/data.pkl", pickle.dumps({"ema": Model(), "model": None}))
    (folder / "cut.pt").write_bytes((folder / "m.pt").read_bytes()[:100])
    (folder / "text.pt").write_text("version https://git-lfs", encoding="utf-8")
    (folder / "empty.pt").touch()
    (folder / "set" / "images").mkdir(parents=True)
    cv2.imwrite(str(folder / "set" / "images" / "a.png"), np.zeros((8, 8, 3), np.uint8))
    text = f"train: {folder}/set/images\nval: {folder}/set/images\nnames: "
    (folder / "set" / "data.yaml").write_text(f"{text}[cat, cow]\n", encoding="utf-8")
    (folder / "dogs.yaml").write_text(f"{text}[dog, dodo]\n", encoding="utf-8")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, bool]]:
    """For each command line its status, what it says on stderr, and whether torch was loaded."""
    folder = tmp_path_factory.mktemp("mistakes")
    make_files(folder)
    before = sorted(folder.rglob("*"))
    lines = json.dumps([*MISTAKES, *SUCCESSES])
    done = subprocess.run(
        [sys.executable, "-c", RUN], input=lines, capture_output=True, text=True, check=True, cwd=folder
    )
    assert sorted(folder.rglob("*")) == before
    return json.loads(done.stdout)


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_one_line_without_torch(told: dict[str, Any], line: str) -> None:
    status, said, is_loaded = told[line]
    assert said.startswith(f"yolo-slice: {MISTAKES[line]}")
    assert (status in (1, 2), said.count("\n"), is_loaded) == (True, 1, False)


@pytest.mark.parametrize("line", SUCCESSES)
def test_what_needs_no_model_loads_no_torch(told: dict[str, Any], line: str) -> None:
    assert told[line] == [0, "", False]


def test_methods_are_checked_against_those_there_are() -> None:
    assert CamSettings(model=("a.pt",), source="a.png", method=tuple(METHODS)).method == tuple(METHODS)
