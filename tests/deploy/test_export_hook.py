"""The stock export of models with our blocks: in the runtime's forms, compared with the model, refused if wrong."""

import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from tiny_training import make_data
from torch import Tensor, nn
from trained_blocks import live_network
from ultralytics import YOLO
from ultralytics.cfg import entrypoint
from ultralytics.engine.exporter import Exporter
from ultralytics.nn import tasks
from ultralytics.utils import DEFAULT_CFG_DICT, LOGGER

from yolo_slice.deploy import export_hook
from yolo_slice.deploy.export_hook import Expected
from yolo_slice.deploy.four import FourConvolutions
from yolo_slice.deploy.per_channel import per_channel
from yolo_slice.errors import SliceError
from yolo_slice.integration.exporting import converters

pytestmark = [pytest.mark.filterwarnings("default")]  # Ultralytics' exports warn in many places
MODEL = """nc: 1
scales: {n: [1.0, 1.0, 1024]}
backbone:
  - [-1, 1, Conv, [8, 3, 2]]
  - [-1, 1, SliceSamp, [16]]
  - [-1, 1, HWD, [16]]
  - [-1, 1, SliceSamp, [32]]
head:
  - [[2, 3], 1, Detect, [nc]]
"""
SAME = "checked: for a test image the file gives what the model gives"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said in the log."""
    lines: list[str] = []
    for level in ("info", "warning"):
        monkeypatch.setattr(LOGGER, level, lambda text, *_, **__: lines.append(str(text)))
    return lines


def saved(name: str, folder: Path) -> Path:
    """Save a network whose outputs depend on the image as a checkpoint."""
    model = YOLO(f"{name}.yaml")
    model.model = live_network(f"{name}.yaml")
    model.save(folder / "m.pt")
    return folder / "m.pt"


def export(file: Path, format: str = "onnx", **arguments) -> str:
    return YOLO(file).export(format=format, **{"imgsz": 64, "device": "cpu", **arguments})


def operators(file: str) -> Counter:
    """Count the operators of an ONNX graph; none may make a tensor of more than four dimensions."""
    import onnx

    graph = onnx.shape_inference.infer_shapes(onnx.load(file)).graph
    assert max(len(value.type.tensor_type.shape.dim) for value in graph.value_info) <= 4
    return Counter(node.op_type for node in graph.node)


def strided_slices(file: str) -> int:
    """Count the slices with a step in an ONNX graph."""
    import onnx

    graph = onnx.load(file).graph
    known = {i.name: onnx.numpy_helper.to_array(i) for i in graph.initializer}
    known |= {n.output[0]: onnx.numpy_helper.to_array(n.attribute[0].t) for n in graph.node if n.op_type == "Constant"}
    steps = [known[n.input[4]] for n in graph.node if n.op_type == "Slice" and len(n.input) > 4]
    return sum(bool((step != 1).any()) for step in steps)


def openvino_operators(folder: str) -> Counter:
    """Count the operators of an exported graph of OpenVINO."""
    import openvino

    graph = openvino.Core().read_model(next(Path(folder).glob("*.xml")))
    return Counter(node.get_type_name() for node in graph.get_ordered_ops())


FAMILIES = [
    f"{family}-{kind}" for family in ("yolov5n", "yolov8n", "yolo11n") for kind in ("slice", "slicesamp", "spd")
]


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_exports_without_slices_and_the_file_is_the_same(
    name: str, tmp_path: Path, said: list[str]
) -> None:
    file = saved(name, tmp_path)
    found = operators(onnx_file := export(file))
    assert strided_slices(onnx_file) == 0
    assert not {"ScatterND", "GatherND", "Gather", "Pad", "Loop", "If"} & {*found}
    assert found["DepthToSpace"] == (2 if name.endswith("slice") else 0)
    graph = openvino_operators(export(file, "openvino"))
    assert graph["Slice"] == 0
    assert graph["SpaceToDepth"] == (0 if name.endswith("spd") else 6)
    assert [line.split(" (")[0] for line in said if SAME in line] == [
        f"yolo-slice: {format}: {SAME}" for format in ("onnx", "openvino")
    ]


@pytest.mark.slow
def test_switched_off_the_blocks_are_exported_as_they_are_and_still_compared(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOLO_SLICE_DEPLOY", "off")
    assert strided_slices(export(saved("yolov8n-slicesamp", tmp_path))) > 0
    assert SAME in said[-1]


@pytest.mark.slow
def test_other_sizes_are_compared_of_a_dynamic_export(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    run = export_hook.ExportedFile.run

    def spy(self, image: Tensor) -> list[Tensor]:
        seen.append(tuple(image.shape[2:]))
        return run(self, image)

    monkeypatch.setattr(export_hook.ExportedFile, "run", spy)
    export(saved("yolov8n-slice", tmp_path), dynamic=True)
    assert seen == [(64, 64), (96, 96)]
    assert SAME in said[-1]


@pytest.mark.slow
def test_openvino_for_every_size_has_no_operation_for_one(tmp_path: Path, said: list[str]) -> None:
    """SpaceToDepth refuses odd sizes; the four convolutions take any."""
    graph = openvino_operators(export(saved("yolov8n-slicesamp", tmp_path), "openvino", dynamic=True))
    assert graph["SpaceToDepth"] == 0
    assert graph["GroupConvolution"] == 24
    assert SAME in said[-1]


@pytest.mark.parametrize(("bits", "rounding", "limit"), [(32, 0.0, 1e-3), (16, 1e-3, 2e-2), (16, 0.05, 0.2), (8, 0, 0)])
def test_what_16_bits_may_change_is_what_they_change_in_the_model(bits: int, rounding: float, limit: float) -> None:
    """Weights that were fitted can be so near to each other in their effects that rounding them shows."""
    one, other = (Expected(torch.zeros(1), [], [], part) for part in (rounding, rounding / 2))
    assert export_hook._limit(bits, [other, one]) == pytest.approx(limit)


@pytest.mark.slow
@pytest.mark.parametrize(("half", "is_asked"), [(True, True), (False, False)])
def test_rounding_is_measured_where_the_file_has_16_bits(
    half: bool, is_asked: bool, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Expected] = []
    monkeypatch.setattr(export_hook, "_limit", lambda _, expected: found.extend(expected) or 1.0)
    file = saved("yolov8n-slicesamp", tmp_path)
    export(file, "openvino", half=half)
    assert all((one.rounding > 0) == is_asked for one in found)
    assert found


def test_rounded_to_16_bits_a_model_is_another_and_the_given_one_stays() -> None:
    conv = nn.Conv2d(3, 8, 3)
    before = conv.weight.clone()
    rounded = export_hook._rounded(conv).weight
    assert torch.equal(rounded, before.half().float())
    assert not torch.equal(rounded, before)
    assert torch.equal(conv.weight, before)


@pytest.mark.slow
def test_an_untrained_model_proves_little(tmp_path: Path, said: list[str]) -> None:
    model = YOLO("yolov8n-slicesamp.yaml")
    model.save(tmp_path / "m.pt")
    export(tmp_path / "m.pt", "torchscript")
    assert "not checked: this model gives nearly the same output for every image" in said[-1]
    assert said[-1].endswith("export trained weights")


@pytest.mark.skipif(not hasattr(tasks, "SemanticSegment"), reason="this ultralytics has no semantic segmentation")
def test_layers_of_ours_that_are_no_blocks_are_compared_as_well(tmp_path: Path, said: list[str]) -> None:
    export(saved("yolo26n-select-sem", tmp_path), "torchscript")
    assert [line for line in said if line.startswith("yolo-slice: ")] == said[-1:]  # nothing is rewritten
    assert SAME in said[-1]


def test_a_wrong_form_is_refused_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Shifted(FourConvolutions):
        def __init__(self, depthwise: nn.Conv2d) -> None:
            super().__init__(depthwise)
            self.pads = self.pads[::-1]

    monkeypatch.setattr("yolo_slice.deploy.four.FourConvolutions", Shifted)
    file = saved("yolov8n-slicesamp", tmp_path)
    with pytest.raises(SliceError, match=r"rewritten for it the model differs by .* export with YOLO_SLICE_DEPLOY=off"):
        export(file)
    assert [p.name for p in tmp_path.iterdir()] == ["m.pt"]


class FakeQuantized(nn.Conv2d):
    """A convolution as training with quantize=8 makes it: another class, which no form takes the place of."""


def test_what_is_said_is_what_became_of_each_block(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Exporter, "export_onnx", lambda _: "")
    monkeypatch.setattr("yolo_slice.integration.exporting.around_export.Export.is_trained_in_8_bits", True)
    (tmp_path / "tinyn.yaml").write_text(MODEL)
    yolo = YOLO(saved(f"{tmp_path}/tinyn", tmp_path))
    yolo.model.model[3].depthwise.conv.__class__ = FakeQuantized
    yolo.export(format="onnx", imgsz=64, device="cpu")
    (line,) = (line for line in said if "exported as" in line)
    assert line == (
        "yolo-slice: onnx: 1 SliceSamp and 1 HWD exported as operations that suit it and give the same result; "
        "1 SliceSamp exported as written, with the ranges that training with quantize=8 found "
        "(YOLO_SLICE_DEPLOY=off exports every block as written)"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("switch", "advice"), [("on", "; YOLO_SLICE_DEPLOY=off exports our blocks as they are written"), ("off", "")]
)
def test_a_wrong_file_is_refused_and_kept_under_another_name(
    switch: str, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    """What a converter may do: here it loses a bias."""
    monkeypatch.setenv("YOLO_SLICE_DEPLOY", switch)
    stock = Exporter.export_torchscript

    def lossy(self) -> str:
        self.model.model[3].pointwise.conv.bias.data.zero_()
        return stock(self)

    monkeypatch.setattr(Exporter, "export_torchscript", lossy)
    file = saved("yolov8n-slice", tmp_path)
    message = (
        r"format=torchscript: the exported file is wrong: its output differs .*; it is kept as m\.torchscript\.wrong"
        f"{advice}$"
    )
    with pytest.raises(SystemExit, match=message):
        entrypoint(f"yolo export model={file} format=torchscript imgsz=64")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.pt", "m.torchscript.wrong"]


@pytest.mark.long
@pytest.mark.parametrize(("format", "extra"), [("mnn", "MNN"), ("ncnn", r"'yolo-slice\[ncnn\]'")])
def test_a_missing_converter_is_told_before_anything_is_written_or_said(
    format: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    monkeypatch.setattr(converters, "find_spec", lambda name: None if name in {"MNN", "pnnx"} else "found")
    file = saved("yolov8n-slicesamp", tmp_path)
    older = tmp_path / "m.onnx"
    older.write_text("of an earlier export")
    with pytest.raises(SliceError, match=f"^format={format}: .* not installed; pip install .*{extra}$"):
        export(file, format)
    assert older.read_text() == "of an earlier export"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.onnx", "m.pt"]
    assert not [line for line in said if line.startswith("yolo-slice: ")]


def test_what_ultralytics_would_install_by_itself_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converters, "find_spec", lambda _: None)
    with pytest.raises(SliceError, match=r"^format=openvino: openvino not installed; pip install"):
        converters.refuse_if_missing("openvino", 32)
    monkeypatch.setattr(converters, "find_spec", lambda name: None if name == "nncf" else "found")
    converters.refuse_if_missing("openvino", 32)
    with pytest.raises(SliceError, match=r"^format=openvino: nncf not installed; pip install nncf$"):
        converters.refuse_if_missing("openvino", 8)
    for name in ("AUTOINSTALL", "ONLINE"):
        monkeypatch.setattr(f"ultralytics.utils.{name}", True)
    converters.refuse_if_missing("openvino", 8)


def test_weights_of_8_bits_have_a_scale_for_each_channel_while_one_of_our_models_is_exported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quantization = pytest.importorskip("onnxruntime.quantization")
    seen = []
    monkeypatch.setattr(quantization, "quantize_static", lambda *_, **chosen: seen.append(chosen))
    with per_channel():
        quantization.quantize_static("a", "b")
        quantization.quantize_static("a", "b", per_channel=False)
    quantization.quantize_static("a", "b")
    assert seen == [{"per_channel": True}, {"per_channel": False}, {}]


@pytest.mark.slow
def test_8_bits(tmp_path: Path, said: list[str]) -> None:
    onnx = pytest.importorskip("onnx")
    if "quantize" not in DEFAULT_CFG_DICT:
        pytest.skip("this Ultralytics does not export 8 bits to ONNX")
    file = export(saved("yolov8n-slice", tmp_path), quantize=8, data=str(make_data(tmp_path, "detect")))
    assert "checked: for a test image the file gives about what the model gives (correlation " in said[-1]
    scales = [n for n in onnx.load(file).graph.node if n.op_type == "DequantizeLinear" and n.attribute]
    assert len(scales) > 50


@pytest.mark.long
def test_what_ncnn_would_get_wrong_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_hook, "refuse_if_missing", lambda *_: None)
    file = saved("yolov8n-slicesamp", tmp_path)
    monkeypatch.setenv("YOLO_SLICE_DEPLOY", "off")
    with pytest.raises(
        SliceError, match="format=ncnn: the model has a slice with a step: its converter drops the step"
    ):
        export(file, "ncnn")
    assert [p.name for p in tmp_path.iterdir()] == ["m.pt"]


@pytest.mark.slow
def test_a_stock_model_is_exported_byte_for_byte_as_without_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    pytest.importorskip("onnx")
    torch.manual_seed(0)
    YOLO("yolov8n.yaml").save(tmp_path / "m.pt")
    ours = Path(export(tmp_path / "m.pt")).read_bytes()
    for name in ("__call__", "run_callbacks"):
        monkeypatch.setattr(Exporter, name, getattr(Exporter, name).yolo_slice_stock)
    stock = Path(export(tmp_path / "m.pt")).read_bytes()
    date = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}([+-]\d\d:\d\d)?"
    assert len(re.findall(date, ours)) == 1
    assert re.sub(date, b"", ours) == re.sub(date, b"", stock)
    assert not [line for line in said if line.startswith("yolo-slice: ")]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["yolov8n-slice", "yolov5n-spd"])
def test_ncnn(name: str, tmp_path: Path, said: list[str]) -> None:
    missing = [package for package in ("ncnn", "pnnx") if not find_spec(package)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (extra [ncnn])")
    folder = Path(export(saved(name, tmp_path), "ncnn"))
    assert SAME in said[-1]
    layers = {line.split()[0] for line in (folder / "model.ncnn.param").read_text().splitlines()[2:]}
    assert not {"Tensor.index", "Padding", "Crop"} & layers


@pytest.mark.slow
@pytest.mark.parametrize("name", ["yolov8n-slice", "yolov5n-spd"])
def test_litert(name: str, tmp_path: Path, said: list[str]) -> None:
    missing = [package for package in ("litert_torch", "ai_edge_litert") if not find_spec(package)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (extra [litert])")
    from ai_edge_litert.interpreter import Interpreter

    made = Path(export(saved(name, tmp_path), "litert"))
    assert SAME in said[-1]
    graph = Interpreter(str(made if made.is_file() else next(made.glob("*.tflite"))))
    graph.allocate_tensors()
    assert not {"STRIDED_SLICE", "GATHER", "GATHER_ND"} & {
        operation["op_name"] for operation in graph._get_ops_details()
    }
    assert max(len(tensor["shape"]) for tensor in graph.get_tensor_details()) <= 4
