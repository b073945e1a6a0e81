"""The small Swin with UPerNet through the stock command: trained, validated, resumed, reloaded, exported."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ready_process import YOLO as YOLO_COMMAND
from ready_process import run_python
from tiny_training import QUICK, StopHereError, loads_elsewhere, make_data, stop_in_second_epoch
from trained_swin import live_swin
from ultralytics import YOLO
from ultralytics.nn import tasks

from yolo_slice.errors import SliceError

MODEL = "swinpico-upernet-slicesamp.yaml"
IMAGE = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)

pytestmark = [
    pytest.mark.skipif(not hasattr(tasks, "SemanticSegment"), reason="this ultralytics has no semantic segmentation"),
    pytest.mark.filterwarnings("default"),  # Ultralytics' own runs warn in many places
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run of two epochs, beside its data."""
    root = tmp_path_factory.mktemp("semantic")
    data = make_data(root / "data", "semantic")
    settings = {**QUICK, "epochs": 2, "batch": 7, "optimizer": "AdamW", "lr0": 1e-3}  # the last batch is of one image
    YOLO(MODEL).train(data=str(data), project=str(root), name="run", **settings)
    return root / "run"


def column(folder: Path, key: str) -> list[float]:
    with (folder / "results.csv").open(encoding="utf-8") as file:
        return [float(row[key]) for row in csv.DictReader(file, skipinitialspace=True)]


@pytest.mark.slow
def test_training_writes_macc_and_validation_gives_it(trained: Path) -> None:
    losses = column(trained, "train/ce_loss")
    assert len(losses) == 2
    assert losses[1] < losses[0]
    assert all(0 <= value <= 1 for value in column(trained, "metrics/mAcc"))
    yolo = YOLO(trained / "weights" / "best.pt")
    metrics = yolo.val(data=str(trained.parent / "data" / "data.yaml"), project=str(trained.parent), **val_settings())
    accuracy = metrics.per_class_pixel_accuracy
    assert metrics.results_dict["metrics/mAcc"] == pytest.approx(sum(accuracy) / 2)
    assert 0 < metrics.results_dict["metrics/mIoU"] <= 1
    (result,) = yolo.predict(IMAGE, imgsz=64, verbose=False)
    assert result.semantic_mask.data.shape == (64, 64)


def val_settings() -> dict[str, Any]:
    return {"imgsz": 64, "workers": 0, "plots": False, "exist_ok": True, "name": "val"}


@pytest.mark.slow
def test_trained_weights_load_into_the_model_of_other_classes(trained: Path) -> None:
    source = YOLO(trained / "weights" / "best.pt").model
    target = YOLO(MODEL).load(str(trained / "weights" / "best.pt")).model
    ours, theirs = target.state_dict(), source.state_dict()
    different = {name for name, y in theirs.items() if not torch.equal(ours[name], y.float())}
    assert different == {f"model.12.{name}.{p}" for name in ("classifier.1", "aux_head.2") for p in ("weight", "bias")}


@pytest.mark.apart
def test_stock_command_validates_and_says_macc(trained: Path) -> None:
    words = ["semantic", "val", f"model={trained}/weights/best.pt", f"data={trained.parent}/data/data.yaml", "imgsz=64"]
    said = run_python(YOLO_COMMAND, *words, "workers=0", "plots=False", folder=trained, YOLO_VERBOSE="true")
    (row,) = (line.split() for line in said.splitlines() if line.split()[:1] == ["all"])
    assert len(row) == 6
    assert "mAcc" in said
    assert "COCO" not in said


@pytest.mark.apart
def test_checkpoint_loads_in_a_new_process_and_safely(trained: Path) -> None:
    best = trained / "weights" / "best.pt"
    kinds = Counter(loads_elsewhere(best, trained))
    assert kinds == {"PatchEmbed": 1, "SwinStage": 4, "SliceSamp": 3, "ChannelNorm": 4, "UPerSemanticSegment": 1}
    code = f"from ultralytics import YOLO; print(YOLO({str(best)!r}).model.model[1][0].attn.window_size)"
    assert run_python(code, folder=trained, ULTRALYTICS_SAFE_LOAD="1").splitlines()[-1] == "[7, 7]"


@pytest.mark.apart
def test_interrupted_training_resumes(trained: Path, tmp_path: Path) -> None:
    yolo = YOLO(MODEL)
    yolo.add_callback("on_train_epoch_start", stop_in_second_epoch)
    data = str(trained.parent / "data" / "data.yaml")
    with pytest.raises(StopHereError):
        yolo.train(data=data, project=str(tmp_path), name="run", **{**QUICK, "epochs": 3})
    YOLO(tmp_path / "run" / "weights" / "last.pt").train(resume=True)
    assert column(tmp_path / "run", "epoch") == [1, 2, 3]


@pytest.mark.apart
def test_mixed_precision_and_fusing(trained: Path) -> None:
    model = live_swin(MODEL)
    x = torch.rand(2, 3, 96, 64)
    with torch.no_grad():
        wanted = model(x)
        with torch.autocast("cpu", torch.bfloat16):
            mixed = model(x).float()
        assert (mixed - wanted).norm() < 0.15 * wanted.norm()  # found: 0.08, of random weights
        fused = model.fuse(verbose=False)
        assert not [m for m in fused.modules() if isinstance(m, torch.nn.BatchNorm2d)]
        torch.testing.assert_close(fused(x), wanted, atol=1e-4, rtol=1e-4)
    model = YOLO(MODEL).model.train()
    with torch.autocast("cpu", torch.bfloat16):
        main, auxiliary = model(x)
    (main.float().square().mean() + auxiliary.float().square().mean()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@torch.no_grad()
def test_sizes_that_do_not_divide() -> None:
    model = live_swin(MODEL)
    for hw in ((61, 90), (33, 33), (4, 200)):
        height, width = (-(-side // 4) for side in hw)
        assert model(torch.rand(1, 3, *hw)).shape == (1, 19, height, width)


@pytest.mark.apart
@pytest.mark.parametrize("hw", [(64, 64), (160, 96)])  # of their coarsest maps, 2 x 2 and 5 x 3, neither divides by 6
@pytest.mark.parametrize("format", ["onnx", "openvino"])
def test_exported_class_maps_are_the_models_on_all_pixels(format: str, hw: tuple[int, int], tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime" if format == "onnx" else format)
    yolo = YOLO(MODEL)
    yolo.model = live_swin(MODEL)
    yolo.save(tmp_path / "m.pt")
    file = YOLO(tmp_path / "m.pt").export(format=format, imgsz=hw, device="cpu")
    random = torch.Generator().manual_seed(3)
    model = YOLO(tmp_path / "m.pt").model.float().eval()  # a checkpoint's weights are rounded to 16 bits
    for _ in range(2):
        x = torch.rand(1, 3, *hw, generator=random)
        with torch.no_grad():
            logits = torch.nn.functional.interpolate(model(x), hw, mode="bilinear")
        wanted = logits.argmax(1).to(torch.uint8)
        assert len(wanted.unique()) > 3
        found = run_exported(file, format, x)
        assert (found.dtype, found.shape) == (np.uint8, wanted.shape)
        assert np.array_equal(found, wanted.numpy())
    if format == "onnx":
        assert not operators(file) & {"ScatterND", "Loop", "If", "AdaptiveAvgPool"}


def run_exported(file: str, format: str, x: torch.Tensor) -> np.ndarray:
    if format == "onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(file)
        return session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
    import openvino

    (xml,) = Path(file).glob("*.xml")
    model = openvino.Core().compile_model(str(xml), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return model(x.numpy())[0]


def operators(file: str) -> set[str]:
    import onnx

    return {node.op_type for node in onnx.load(file).graph.node}


@pytest.mark.apart
def test_an_export_for_several_sizes_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    yolo = YOLO(MODEL)
    yolo.save(tmp_path / "m.pt")
    with pytest.raises(SliceError, match="SwinStage and UPerSemanticSegment can only be exported for one size"):
        YOLO(tmp_path / "m.pt").export(format="onnx", imgsz=64, dynamic=True)
    assert [file.name for file in tmp_path.iterdir()] == ["m.pt"]
