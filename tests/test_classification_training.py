"""ResNets by the stock command: trained, validated, exported, loaded safely elsewhere; pt and ONNX agree."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from test_classification_models import PARAMETERS
from tiny_training import QUICK, StopHereError, make_data, stop_in_second_epoch
from ultralytics import YOLO

from yolo_slice.blocks import SliceSamp

pytestmark = pytest.mark.filterwarnings("default")  # Ultralytics' own runs warn in many places
# Loaded and used by a process that knows of us by the checkpoint, with Ultralytics' safe loading where it has one.
ELSEWHERE = """
import sys
from ultralytics import YOLO
result, = YOLO(sys.argv[1])(sys.argv[2], imgsz=32, verbose=False)
print(*result.probs.data.tolist())
"""


def predicted_elsewhere(weights: Path, image: Path) -> list[float]:
    code = [sys.executable, "-c", ELSEWHERE, str(weights), str(image)]
    env = {**os.environ, "ULTRALYTICS_SAFE_LOAD": "1"}
    result = subprocess.run(code, env=env, cwd=weights.parent, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return [float(word) for word in result.stdout.splitlines()[-1].split()]


def check_whole_life(name: str, folder: Path) -> None:
    data = make_data(folder / "data", "classify")
    yolo = YOLO(name)
    yolo.add_callback("on_train_epoch_start", stop_in_second_epoch)
    with pytest.raises(StopHereError):
        yolo.train(**{**QUICK, "imgsz": 32, "data": data, "epochs": 2, "project": folder, "name": "run"})
    YOLO(folder / "run/weights/last.pt").train(resume=True)
    weights = folder / "run/weights/best.pt"
    yolo = YOLO(weights)
    assert yolo.val(data=str(data), imgsz=32, workers=0, plots=False, project=folder).top1 >= 0
    image = folder / "image.png"
    cv2.imwrite(str(image), np.random.default_rng(0).integers(0, 255, (70, 90, 3), dtype=np.uint8))
    (result,) = yolo(image, imgsz=32, verbose=False)
    probabilities = result.probs.data
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)  # not logits
    assert predicted_elsewhere(weights, image) == pytest.approx(probabilities.tolist(), abs=1e-5)
    exported = YOLO(weights).export(format="onnx", imgsz=32)
    (onnx,) = YOLO(exported, task="classify")(image, imgsz=32, verbose=False)
    torch.testing.assert_close(onnx.probs.data, probabilities, atol=1e-5, rtol=1e-4)


@pytest.mark.slow
def test_whole_life_of_slicesamp(tmp_path: Path) -> None:
    check_whole_life("resnet18-slicesamp-cls.yaml", tmp_path)


@pytest.mark.apart
@pytest.mark.parametrize("stem", [stem for stem in PARAMETERS if "slicesamp" not in stem])
def test_whole_life_of_the_others(stem: str, tmp_path: Path) -> None:
    check_whole_life(f"{stem}.yaml", tmp_path)


@torch.no_grad()
@pytest.mark.apart
@pytest.mark.parametrize("stem", PARAMETERS)
def test_fused_and_in_mixed_precision_it_is_the_same(stem: str) -> None:
    torch.manual_seed(0)
    model = YOLO(f"{stem}.yaml").model
    model.train()(torch.rand(4, 3, 64, 64))  # statistics other than 0 and 1
    model.eval()
    x = torch.rand(2, 3, 65, 37)
    wanted = model(x)[1]
    with torch.autocast("cpu", torch.bfloat16):
        mixed = model(x)[1].float()
    assert (mixed - wanted).abs().max() < 0.05 * wanted.abs().max()
    norms = sum(isinstance(m, torch.nn.BatchNorm2d) for m in model.fuse(verbose=False).modules())
    assert norms == (3 if "spd" in stem else 0)  # those after slicing
    torch.testing.assert_close(model(x)[1], wanted, atol=1e-4, rtol=1e-4)


@pytest.mark.apart
def test_weights_go_from_one_down_sampler_to_another(tmp_path: Path) -> None:
    source = YOLO("resnet18-maxpool-cls.yaml")
    source.save(tmp_path / "source.pt")
    target = YOLO("resnet18-slicesamp-cls.yaml").load(tmp_path / "source.pt")
    wanted = source.model.half().float().state_dict()
    assert all(torch.equal(target.model.state_dict()[key], value) for key, value in wanted.items())
    assert isinstance(target.model.model[1], SliceSamp)
