"""Which classes of ours the checkpoint of an interrupted training refers to: their modules must stay where they are."""

import pickle
import pickletools
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tiny_training import QUICK, StopHereError, make_data, stop_in_second_epoch
from ultralytics import YOLO

from yolo_slice.downsampling import replace_downsampling
from yolo_slice.transfer import convert_weights

DOCS = Path(__file__).parents[3] / "docs" / "how-it-works.md"
STABLE = re.compile(
    r"yolo_slice\.(blocks\.\w+|heads\.(?:anchor_detect|classifier)|segmentation\.\w+|downsampling\.fitting)\.\w+"
)

pytestmark = pytest.mark.filterwarnings("default")  # Ultralytics' own runs warn in many places


def classes_in(checkpoint: Path) -> set[str]:
    """Our classes and functions that a checkpoint names, read without unpickling it."""
    with zipfile.ZipFile(checkpoint) as archive:
        data = archive.read(next(name for name in archive.namelist() if name.endswith("data.pkl")))
    return {name for name in _names(data) if name.startswith("yolo_slice")}


def _names(data: bytes) -> Iterator[str]:
    strings: list[str] = []
    for operation, argument, _ in pickletools.genops(data):
        if operation.name == "GLOBAL":
            yield argument.replace(" ", ".")
        elif operation.name == "STACK_GLOBAL":
            yield ".".join(strings[-2:])
        elif "UNICODE" in operation.name:
            strings.append(argument)


def interrupted(model: str, tmp_path: Path) -> Path:
    """Train a model for one epoch and a bit; return the checkpoint to resume from."""
    yolo = YOLO(model)
    yolo.add_callback("on_train_epoch_start", stop_in_second_epoch)
    data = make_data(tmp_path / "data", "detect")
    with pytest.raises(StopHereError):
        yolo.train(data=str(data), project=str(tmp_path), name="run", **{**QUICK, "epochs": 3})
    last = tmp_path / "run" / "weights" / "last.pt"
    assert torch.load(last, weights_only=False)["optimizer"] is not None
    return last


@pytest.mark.long
@pytest.mark.parametrize(
    ("model", "names"),
    [
        pytest.param("yolov8n-slice.yaml", {"SliceSamp", "SliceUpsamp"}, marks=pytest.mark.apart),
        ("yolov5n-5.0-slice.yaml", {"SliceSamp", "SliceUpsamp", "AnchorDetect"}),
        ("converted", {"SPDConv"}),
    ],
)
def test_a_training_refers_to_stable_modules_only(model: str, names: set[str], tmp_path: Path) -> None:
    if model == "converted":
        YOLO("yolov8n.yaml").save(tmp_path / "stock.pt")
        model = str(tmp_path / "converted.pt")
        convert_weights(tmp_path / "stock.pt", to="spd", out=model)
    found = classes_in(interrupted(model, tmp_path))
    assert {name.rpartition(".")[2] for name in found} == names
    assert [name for name in found if not STABLE.fullmatch(name)] == []


def test_a_model_with_replaced_down_sampling_does_too(tmp_path: Path) -> None:
    cnn = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, 2, 1), torch.nn.MaxPool2d(2))
    torch.save(replace_downsampling(cnn, "SliceSamp").model, tmp_path / "model.pt")
    found = classes_in(tmp_path / "model.pt")
    assert found == {"yolo_slice.downsampling.fitting.CropToEven", "yolo_slice.blocks.slice_samp.SliceSamp"}
    assert all(map(STABLE.fullmatch, found))


@pytest.mark.parametrize(
    "path", ["yolo_slice.host.anchor_criterion.AnchorCriterion", "yolo_slice.heads.anchor_loss.AnchorLoss"]
)
def test_what_early_checkpoints_name_is_still_found(path: str) -> None:
    module, _, name = path.rpartition(".")
    code = f"c{module}\n{name}\n.".encode()  # a pickle that only names the class
    assert pickle.loads(code).__name__ == name


def test_the_documentation_lists_them() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for module in (
        "yolo_slice.blocks.*",
        "yolo_slice.heads.anchor_detect",
        "yolo_slice.heads.classifier",
        "yolo_slice.segmentation.*",
        "yolo_slice.downsampling.fitting",
    ):
        assert f"`{module}`" in text
