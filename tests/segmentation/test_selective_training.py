"""The model with a learned mask through the stock command: trained, validated, resumed, reloaded, exported."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from ready_process import YOLO as YOLO_COMMAND
from ready_process import run_python
from tiny_training import QUICK, StopHereError, loads_elsewhere, make_data, stop_in_second_epoch
from ultralytics import YOLO
from ultralytics.nn import tasks

MODEL = "yolo26n-select-sem.yaml"

pytestmark = [
    pytest.mark.skipif(not hasattr(tasks, "SemanticSegment"), reason="this ultralytics has no semantic segmentation"),
    pytest.mark.filterwarnings("default"),  # Ultralytics' own runs warn in many places
    pytest.mark.apart,
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run of two epochs, beside its data."""
    root = tmp_path_factory.mktemp("selective")
    data = make_data(root / "data", "semantic")
    YOLO(MODEL).train(data=str(data), project=str(root), name="run", **{**QUICK, "epochs": 2})
    return root / "run"


def column(folder: Path, key: str) -> list[float]:
    with (folder / "results.csv").open(encoding="utf-8") as file:
        return [float(row[key]) for row in csv.DictReader(file, skipinitialspace=True)]


def test_training_writes_what_was_kept(trained: Path) -> None:
    assert all(0 < kept < 1 for kept in column(trained, "train/keep"))
    assert all(0 <= kept <= 1 for kept in column(trained, "val/keep"))
    for split in ("train", "val"):
        assert all(0 <= loss < 0.6 for loss in column(trained, f"{split}/keep_loss"))


def test_validation_says_what_was_kept_needed_and_taken(trained: Path) -> None:
    words = ["semantic", "val", f"model={trained}/weights/best.pt", f"data={trained.parent}/data/data.yaml", "imgsz=64"]
    words += ["workers=0", "plots=False", "batch=1"]
    said = run_python(YOLO_COMMAND, *words, folder=trained, YOLO_VERBOSE="true")
    (line,) = (line for line in said.splitlines() if "SelectiveStage, layer 5, learned: keeps" in line)
    assert " M multiply-adds, " in line
    assert line.endswith(" of 4 images")  # not the warm-up's
    yolo = YOLO(trained / "weights" / "best.pt")
    data = str(trained.parent / "data" / "data.yaml")
    metrics = yolo.val(data=data, imgsz=64, workers=0, plots=False, project=str(trained.parent), name="val")
    (meter,) = metrics.selective
    assert (meter.images, meter.by_points, meter.layer) == (4, 0, "5")
    assert not any(m._forward_hooks for m in yolo.model.modules())


def test_checkpoint_loads_in_a_new_process_and_safely(trained: Path) -> None:
    best = trained / "weights" / "best.pt"
    assert Counter(loads_elsewhere(best, trained))["SelectiveStage"] == 1
    code = f"from ultralytics import YOLO; print(YOLO({str(best)!r}).model.model[5].mode)"
    assert run_python(code, folder=trained, ULTRALYTICS_SAFE_LOAD="1").splitlines()[-1] == "learned"


def test_interrupted_training_resumes(trained: Path, tmp_path: Path) -> None:
    yolo = YOLO(MODEL)
    yolo.add_callback("on_train_epoch_start", stop_in_second_epoch)
    data = str(trained.parent / "data" / "data.yaml")
    with pytest.raises(StopHereError):
        yolo.train(data=data, project=str(tmp_path), name="run", **{**QUICK, "epochs": 3})
    YOLO(tmp_path / "run" / "weights" / "last.pt").train(resume=True)
    assert column(tmp_path / "run", "epoch") == [1, 2, 3]
    assert len(column(tmp_path / "run", "train/keep")) == 3


def patches(seed: int) -> torch.Tensor:
    """An image of random patches: of noise alone every mask is the same, that of the borders."""
    coarse = torch.rand(1, 3, 8, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, (128, 96))


def live_network() -> torch.nn.Module:
    """A network whose mask keeps something of an image, and not all."""
    torch.manual_seed(0)
    network = YOLO(MODEL).model.train()
    stage = network.model[5]
    images = torch.cat([patches(seed) for seed in range(8)])
    for m in network.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.momentum = 1.0
    with torch.no_grad():
        network(images)  # or every signal of the image dies away before the mask
    network.eval()
    logits: list[torch.Tensor] = []
    handle = stage.learned_mask.blocks.register_forward_hook(lambda m, args, output: logits.append(output))
    with torch.no_grad():
        classes = network(images)
        network.model[-1].classifier[-1].bias -= classes.mean((0, 2, 3))  # or one class is everywhere
    handle.remove()
    difference = logits[0][:, 0] - logits[0][:, 1]
    stage.learned_mask.blocks[-1].bias.data[1] += difference.quantile(0.7)
    return network


@pytest.mark.parametrize("format", ["onnx", "openvino", "torchscript"])
def test_exported_files_are_the_model(format: str, tmp_path: Path) -> None:
    pytest.importorskip({"onnx": "onnxruntime", "torchscript": "torch"}.get(format, format))
    yolo = YOLO(MODEL)
    yolo.model = live_network()
    yolo.save(tmp_path / "m.pt")
    file = YOLO(tmp_path / "m.pt").export(format=format, imgsz=(128, 96), device="cpu")
    model, seen = YOLO(tmp_path / "m.pt").model.float().eval(), []  # as it was saved, in half precision
    for seed in range(3):
        x = patches(seed)
        with torch.no_grad():
            logits = torch.nn.functional.interpolate(model(x), (128, 96), mode="bilinear")
        assert model.model[5].last.by_points
        seen.append(model.model[5].last.mask)
        wanted, found = logits.argmax(1).numpy(), class_map(file, format, x)
        assert len(np.unique(wanted)) > 1
        assert (wanted == found).mean() > 0.999
    assert not torch.equal(seen[0], seen[1])


def class_map(file: str, format: str, x: torch.Tensor) -> np.ndarray:
    if format == "torchscript":
        return torch.jit.load(file)(x).argmax(1).numpy()
    if format == "onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(file)
        return session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
    import openvino

    (xml,) = Path(file).glob("*.xml")
    return openvino.Core().compile_model(str(xml), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x.numpy())[0]
