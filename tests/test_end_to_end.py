"""The stock commands on a slice model: train, validate, predict, track, export, resume, reload, DDP."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml
from ready_process import run_python, yolo
from ultralytics import YOLO
from ultralytics.utils import dist

from yolo_slice.bench import parity
from yolo_slice.blocks import SliceSamp, SliceUpsamp

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # the host's own runs warn in many places
]
QUICK = {"imgsz": 64, "epochs": 1, "batch": 4, "workers": 0, "plots": False, "amp": False, "verbose": False}


def draw(rng: np.random.Generator, side: int = 64) -> tuple[np.ndarray, str]:
    """A bright square on noise, and its label."""
    image = rng.integers(0, 80, (side, side, 3), dtype=np.uint8)
    size = int(rng.integers(10, 24))
    x, y = rng.integers(0, side - size, 2)
    image[y : y + size, x : x + size] = rng.integers(180, 255, 3)
    return image, f"0 {(x + size / 2) / side} {(y + size / 2) / side} {size / side} {size / side}\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data YAML of 16 training and 8 validation images, and a video."""
    root, rng = tmp_path_factory.mktemp("squares"), np.random.default_rng(0)
    for split, count in (("train", 16), ("val", 8)):
        (root / "images" / split).mkdir(parents=True)
        (root / "labels" / split).mkdir(parents=True)
        for i in range(count):
            image, label = draw(rng)
            cv2.imwrite(str(root / "images" / split / f"{i}.png"), image)
            (root / "labels" / split / f"{i}.txt").write_text(label)
    video = cv2.VideoWriter(str(root / "video.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 10, (64, 64))
    for _ in range(6):
        video.write(draw(rng)[0])
    video.release()
    file = root / "data.yaml"
    file.write_text(
        yaml.safe_dump({"path": str(root), "train": "images/train", "val": "images/val", "names": {0: "square"}})
    )
    return file


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of one epoch, trained through the stock command in a process of its own."""
    project = tmp_path_factory.mktemp("runs")
    arguments = [f"{k}={v}" for k, v in QUICK.items()]
    yolo("train", "model=yolov8n-slice.yaml", f"data={data}", f"project={project}", *arguments, folder=project)
    return project / "train" / "weights" / "best.pt"


def test_training_leaves_a_slice_model(trained: Path) -> None:
    model = YOLO(trained).model
    assert isinstance(model.model[1], SliceSamp)
    assert isinstance(model.model[10], SliceUpsamp)
    assert model.nc == 1
    results = (trained.parents[1] / "results.csv").read_text().splitlines()
    assert len(results) == 2
    assert not any(value.strip() in ("nan", "inf") for value in results[1].split(","))


def test_validate_and_predict_on_folder_glob_and_video(trained: Path, data: Path, tmp_path: Path) -> None:
    settings = (f"model={trained}", f"data={data}", "imgsz=64", "plots=False")
    assert "all          8          8" in yolo("val", *settings, folder=tmp_path)
    root = data.parent
    for source, count in ((root / "images/val", 8), (f"{root}/images/val/*.png", 8), (root / "video.mp4", 6)):
        out = yolo(
            "predict", f"model={trained}", f"source={source}", "imgsz=64", f"project={tmp_path}", folder=tmp_path
        )
        assert f"{count}/{count}" in out
    assert list(tmp_path.rglob("video.*")), out[-500:]


def test_track(trained: Path, data: Path, tmp_path: Path) -> None:
    out = yolo(
        "track", f"model={trained}", f"source={data.parent / 'video.mp4'}", "imgsz=64", "conf=0.01", folder=tmp_path
    )
    assert "6/6" in out


@pytest.mark.parametrize(
    "name", ["yolov8n-slice.yaml", pytest.param("yolo11n-spd.yaml", marks=pytest.mark.apart), "yolo26n-slicesamp.yaml"]
)
def test_exports_agree(name: str, data: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = YOLO(name)
    with torch.no_grad():
        for m in model.model.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.weight.uniform_(0.5, 1.5)
                m.running_var.uniform_(0.5, 1.5)
        for branch in model.model.model[-1].cv3:
            branch[-1].bias.zero_()  # scores about one half instead of about nothing
    model.save(tmp_path / "model.pt")
    images = sorted((data.parent / "images" / "val").iterdir())[:3]
    differences = dict(parity.measure(tmp_path / "model.pt", images, 64))
    assert differences.keys() == {"ONNX", "TorchScript", "OpenVINO", "OpenVINO f32"}
    for form in ("ONNX", "TorchScript", "OpenVINO f32"):  # OpenVINO's default is bfloat16 on some CPUs
        assert differences[form].raw_box_px < 1e-2, form
        assert differences[form].raw_score < 1e-4, form
    assert differences["OpenVINO"].raw_score < 0.1


def test_parity_sees_a_difference(trained: Path, data: Path, tmp_path: Path) -> None:
    images = sorted((data.parent / "images" / "val").iterdir())[:2]
    ours = parity.run(trained, images, 64)
    model = YOLO(trained)
    with torch.no_grad():
        model.model.model[-1].cv3[0][-1].bias.add_(0.5)
    model.save(tmp_path / "other.pt")
    assert parity.compare(ours, parity.run(tmp_path / "other.pt", images, 64)).raw_score > 1e-6
    assert parity.compare(ours, ours).raw_box_px == 0


def test_onnx_graph_has_no_scatter_and_slices_cheaply(trained: Path, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    (tmp_path / "model.pt").write_bytes(trained.read_bytes())
    graph = onnx.load(YOLO(tmp_path / "model.pt").export(format="onnx", imgsz=64, dynamic=True)).graph
    operators = [node.op_type for node in graph.node]
    assert not {"ScatterND", "ScatterElements", "BatchNormalization", "Pad"} & set(operators)
    assert operators.count("DepthToSpace") == 2


def test_resume_continues_the_epochs(data: Path, tmp_path: Path) -> None:
    class StopHereError(Exception):
        pass

    def stop(trainer) -> None:
        if trainer.epoch == 1:
            raise StopHereError

    model = YOLO("yolov5n-slice.yaml")
    model.add_callback("on_train_epoch_start", stop)
    with pytest.raises(StopHereError):
        model.train(data=str(data), project=str(tmp_path), **{**QUICK, "epochs": 3})
    last = next(tmp_path.rglob("last.pt"))
    out = yolo("train", "resume", f"model={last}", folder=tmp_path)
    assert "from epoch 2 to 3 total epochs" in out
    assert len((last.parents[1] / "results.csv").read_text().splitlines()) == 4


def test_trained_weights_load_into_a_model_with_another_number_of_classes(trained: Path) -> None:
    model = YOLO("yolov8n-slice.yaml").load(str(trained))
    assert torch.equal(
        model.model.model[1].depthwise.conv.weight, YOLO(trained).model.model[1].depthwise.conv.weight.float()
    )


def test_checkpoint_loads_in_a_process_without_autoload(trained: Path, tmp_path: Path) -> None:
    code = f"from ultralytics import YOLO; print(type(YOLO({str(trained)!r}).model.model[1]).__name__)"
    out = run_python(code, folder=tmp_path, TORCH_DEVICE_BACKEND_AUTOLOAD="0")
    assert out.splitlines()[-1:] == ["SliceSamp"]


def test_ddp_file_trains_as_a_process(data: Path, tmp_path: Path) -> None:
    """The file that the host generates for each process of a multi-GPU training, run as such a process."""
    from ultralytics.models.yolo.detect import DetectionTrainer

    overrides = {**QUICK, "model": "yolov8n-slice.yaml", "data": str(data), "project": str(tmp_path), "name": "ddp"}
    trainer = DetectionTrainer(overrides=overrides)
    trainer.model = "yolov8n-slice.yaml"
    file = dist.generate_ddp_file(trainer)
    run_python(Path(file).read_text(), folder=tmp_path, YOLO_VERBOSE="true")
    assert list(tmp_path.rglob("best.pt"))


def test_training_under_safe_load(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ULTRALYTICS_SAFE_LOAD", "1")
    arguments = [f"{k}={v}" for k, v in QUICK.items()]
    yolo("train", "model=yolov5n-slicesamp.yaml", f"data={data}", f"project={tmp_path}", *arguments, folder=tmp_path)
    assert list(tmp_path.rglob("best.pt"))


def test_hosts_coco_yaml_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`data=coco.yaml` is the host's file; a slice model trains on a data set laid out as it says."""
    from ultralytics.data import utils

    coco, rng = tmp_path / "coco", np.random.default_rng(0)
    for split, listing in (("train2017", "train2017.txt"), ("val2017", "val2017.txt")):
        (coco / "images" / split).mkdir(parents=True)
        (coco / "labels" / split).mkdir(parents=True)
        for i in range(4):
            image, label = draw(rng)
            cv2.imwrite(str(coco / "images" / split / f"{i}.jpg"), image)
            (coco / "labels" / split / f"{i}.txt").write_text("79" + label[1:])
        (coco / listing).write_text("".join(f"./images/{split}/{i}.jpg\n" for i in range(4)))
    monkeypatch.setattr(utils, "DATASETS_DIR", tmp_path)
    YOLO("yolov8n-slice.yaml").train(data="coco.yaml", project=str(tmp_path / "runs"), val=False, **QUICK)
    model = YOLO(next(tmp_path.rglob("last.pt")))
    assert (len(model.names), model.names[79]) == (80, "toothbrush")
