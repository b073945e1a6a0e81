"""Weights by role: the loaded model computes what the trained one does, or at least holds as much of it as by index."""

import contextlib
import copy
import re
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import nn
from ultralytics import YOLO
from ultralytics.nn import tasks
from ultralytics.nn.modules import SPPF, Bottleneck, Conv
from ultralytics.nn.tasks import ClassificationModel, DetectionModel
from ultralytics.utils import LOGGER

from yolo_slice.blocks import CARAFE, EUCB, HWD, DySample, LiftUp, PixelShuffleUp, Slicing, SlicingConv3x3, SPDConv
from yolo_slice.integration.weights.exact_forms import can_convert, convert_layer
from yolo_slice.integration.weights.role_alignment import align_layers

STOCK_LOAD = tasks.BaseModel.load.yolo_slice_stock
MARK = 7.25  # what all weights of a trained model are set to, where they are counted


@pytest.fixture(autouse=True)
def _own_activation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 8.4.190 the host leaves a model file's activation (yolov6: ReLU) behind as everybody's default."""
    monkeypatch.setattr(Conv, "default_act", Conv.default_act)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(LOGGER, "info", lambda message, *_: messages.append(str(message)))
    return messages


def build(name: str, cls: type = DetectionModel, **changes: Any) -> Any:
    torch.manual_seed(0)
    cfg = {**tasks.yaml_model_load(f"{name}.yaml"), **changes}
    return cls(cfg, verbose=False)


def trained(name: str, cls: type = DetectionModel, **changes: Any) -> Any:
    """A model whose every tensor is its own: no weight has the value that a new model has there."""
    model = build(name, cls, **changes)
    generator = torch.Generator().manual_seed(1)
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            for tensor in (m.weight.data, m.bias.data, m.running_mean, m.running_var):
                tensor.uniform_(0.5, 1.5, generator=generator)
    return model


def marked(name: str, cls: type = DetectionModel, **changes: Any) -> Any:
    model = build(name, cls, **changes)
    for tensor in model.state_dict().values():
        tensor.fill_(MARK)
    return model


def count_marks(model: nn.Module) -> int:
    return sum(int((p == MARK).sum()) for p in model.parameters())


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def with_row(name: str, index: int, row: list[Any]) -> dict[str, Any]:
    """The model with a row put in at an index; what points behind it points one further."""
    d = tasks.yaml_model_load(f"{name}.yaml")

    def shift(f: int) -> int:
        return f + 1 if f >= index else f

    whole = [
        [[shift(f) for f in r[0]] if isinstance(r[0], list) else shift(r[0]), *r[1:]] for r in d["backbone"] + d["head"]
    ]
    whole.insert(index, row)
    return {**d, "backbone": whole, "head": []}


def output(model: nn.Module) -> torch.Tensor:
    x = torch.rand(1, 3, 64, 96, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        return copy.deepcopy(model).double().eval()(x)[0]


@pytest.mark.long
@pytest.mark.parametrize("index", [1, *(pytest.param(i, marks=pytest.mark.slow) for i in (5, 12, 22))])
def test_a_row_put_in_loses_nothing(index: int) -> None:
    source = trained("yolov8n")
    target = DetectionModel(with_row("yolov8n", index, [-1, 1, "nn.Identity", []]), verbose=False)
    assert not torch.allclose(output(target), output(source))
    target.load(source)
    assert torch.equal(output(target), output(source))


@pytest.mark.long
def test_a_row_taken_out_loses_nothing_else() -> None:
    source = DetectionModel(with_row("yolov8n", 4, [-1, 1, "nn.Identity", []]), verbose=False)
    target = build("yolov8n")
    target.load(source)
    assert torch.equal(output(target), output(source))


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["yolov8n", *(pytest.param(name, marks=pytest.mark.slow) for name in ("yolo11n", "yolov5n", "yolo26n"))]
)
def test_an_spd_model_computes_what_the_trained_model_does(name: str, log: list[str]) -> None:
    source, target = trained(name), build(f"{name}-spd")
    target.load(source)
    assert isinstance(target.model[1], SPDConv)
    torch.testing.assert_close(output(target), output(source), atol=1e-9, rtol=0)
    assert f"Transferred {len(target.state_dict())}/{len(target.state_dict())} items from pretrained weights" in log
    assert "converted (Conv to SPDConv in rows 1, 3, 5, 7" in log[-1]


@pytest.mark.long
def test_conversion_and_a_row_put_in_together() -> None:
    d = with_row("yolov8n-spd", 3, [-1, 1, "nn.Identity", []])
    source, target = trained("yolov8n"), DetectionModel(d, verbose=False)
    target.load(source)
    torch.testing.assert_close(output(target), output(source), atol=1e-9, rtol=0)


def test_a_head_with_a_finer_level_gets_the_levels_it_shares(log: list[str]) -> None:
    """Read off yolov8.yaml and yolov8-p2.yaml by hand: 16 to 22 have moved by 6, P3/8 is the second level."""
    source, target = trained("yolov8n"), build("yolov8n-p2")
    target.load(source)
    ours, theirs = target.state_dict(), source.state_dict()
    for key, value in theirs.items():
        _, index, rest = key.split(".", 2)
        moved = f"model.{int(index) + 6 * (int(index) > 15)}.{rest}"
        moved = re.sub(r"28\.(cv[23])\.(\d)", lambda m: f"28.{m[1]}.{int(m[2]) + 1}", moved)
        assert torch.equal(ours[moved], value), key
    assert "3,157,200 copied (layers from another index: 5)" in log[-1]
    assert "196,944 initialised (C2f in rows 18 and 21, Conv in row 19, part of Detect in row 28)" in log[-1]
    assert "dropped" not in log[-1]


@pytest.mark.long
@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("yolov8n", "yolov8n-p2"),
        pytest.param("yolov8n-p2", "yolov8n", marks=pytest.mark.slow),
        pytest.param("yolov8n", "yolov8n-p6", marks=pytest.mark.slow),
        pytest.param("yolov8n-p6", "yolov8n-p2-slice", marks=pytest.mark.slow),
        ("yolov8n", "yolo11n"),
        pytest.param("yolo11n", "yolo12n", marks=pytest.mark.slow),
        ("yolov5n", "yolov8n-slice"),
        ("yolo26n", "yolo26n-p2-spd"),
        pytest.param("yolov8s", "yolov8n", marks=pytest.mark.slow),
        pytest.param("yolov9t", "yolov10n", marks=pytest.mark.slow),
        pytest.param("yolov6n", "yolov6n-slice", marks=pytest.mark.slow),
    ],
)
def test_never_less_than_by_index(source: str, target: str) -> None:
    trained_model = marked(source)
    ours, theirs = build(target), build(target)
    ours.load(trained_model)
    try:
        STOCK_LOAD(theirs, trained_model)
    except (KeyError, RuntimeError):  # 8.4.0 cannot load some pairs at all
        return
    assert count_marks(ours) >= count_marks(theirs)


@pytest.mark.long
@pytest.mark.parametrize(
    ("source", "target", "changes"),
    [
        ("yolov8n", "yolov8n", {}),
        ("yolov8n", "yolov8n", {"nc": 3}),
        ("yolov8n-slice", "yolov8n-slice", {"nc": 200}),
        ("yolov8n", "yolov8n-slicesamp", {}),
        ("yolo26n", "yolo26n", {"nc": 3}),
        ("yolov8n", "yolov8n", {"channels": 1}),
    ],
)
def test_where_indices_agree_the_host_does_what_it_always_does(
    source: str, target: str, changes: dict[str, Any]
) -> None:
    trained_model, ours, theirs = trained(source), build(target, **changes), build(target, **changes)
    torch.manual_seed(3)  # the host gives a head with other classes a new last layer
    ours.load(trained_model)
    torch.manual_seed(3)
    STOCK_LOAD(theirs, trained_model)
    for (key, a), (_, b) in zip(ours.state_dict().items(), theirs.state_dict().items(), strict=True):
        assert a.shape == b.shape
        assert torch.equal(a, b), key


@pytest.mark.long
def test_between_models_of_the_host_with_equal_indices_nothing_is_said(log: list[str]) -> None:
    build("yolov8n", nc=3).load(trained("yolov8n"))
    assert [m for m in log if m.startswith("yolo-slice")] == []
    build("yolov8n-spd").load(trained("yolov8n"), verbose=False)
    assert len(log) == 1  # the first load's line of the host


@pytest.mark.parametrize(
    ("source", "target", "nc"),
    [
        pytest.param("yolov8n", "yolov8n-slice", 80, marks=pytest.mark.long),
        pytest.param("yolov8n", "yolov8n-p2-slice", 3, marks=pytest.mark.long),
        ("yolov8n", "yolov8n-p2-spd", 80),
        pytest.param("yolo11n", "yolo11n-cls-slicesamp", 3, marks=pytest.mark.long),
    ],
)
def test_the_report_adds_up(source: str, target: str, nc: int, log: list[str]) -> None:
    cls = ClassificationModel if "-cls" in target else DetectionModel
    trained_model, model = marked(source), build(target, cls, nc=nc)
    model.load(trained_model)
    line = next(m for m in log if m.startswith("yolo-slice: parameters by role: "))
    found = re.findall(r"([\d,]+) (copied|converted|initialised|dropped)", line)
    said = {verb: int(count.replace(",", "")) for count, verb in found}
    assert said["copied"] + said.get("converted", 0) + said["initialised"] == parameters(model)
    turned = [layer for layer in trained_model.model if type(layer) is Conv and layer.i > 0] if "spd" in target else []
    marks_in_turned = sum(count_marks(layer) for layer in model.model if isinstance(layer, SPDConv))
    assert said["copied"] == count_marks(model) - marks_in_turned
    assert said["copied"] + said.get("dropped", 0) + sum(map(parameters, turned)) == parameters(trained_model)


@pytest.mark.long
def test_untrained_slicing_is_said_with_the_command_that_does_better(log: list[str]) -> None:
    source = trained("yolov8n")
    source.pt_path = "best.pt"
    build("yolov8n-slicesamp").load(source)
    assert "SliceSamp in rows 1, 3, 5, 7, 16 and 19 start untrained" in log[-1]
    assert log[-1].endswith("yolo-slice convert model=best.pt to=slicesamp data=DATA.yaml")
    build("yolov8n-slice").load(source)
    assert log[-1].endswith("yolo-slice convert model=best.pt to=slice data=DATA.yaml")
    build("yolov8n-slice", nc=3).load(build("yolov8n-slice"))
    assert "start untrained" not in log[-1]


@pytest.mark.long
def test_a_checkpoint_is_read_as_the_host_reads_it() -> None:
    source, target = trained("yolov8n"), build("yolov8n-spd")
    target.load({"model": copy.deepcopy(source), "ema": None})
    torch.testing.assert_close(output(target), output(source), atol=1e-9, rtol=0)


def test_the_trained_model_is_left_as_it_was() -> None:
    source = trained("yolov8n")
    before = {key: value.clone() for key, value in source.state_dict().items()}
    names = [type(layer).__name__ for layer in source.model]
    build("yolov8n-p2-spd").load(source)
    assert [type(layer).__name__ for layer in source.model] == names
    assert before.keys() == source.state_dict().keys()
    assert all(torch.equal(before[key], value) for key, value in source.state_dict().items())


def test_what_has_no_layers_is_the_hosts_business() -> None:
    source = nn.Conv2d(3, 16, 3)  # a torchvision model, say
    target = ClassificationModel("yolov8n-cls-slice.yaml", nc=3, verbose=False)
    before = {key: value.clone() for key, value in target.state_dict().items()}
    with contextlib.suppress(KeyError):  # 8.4.0 asks for the first convolution in vain
        target.load(source)
    assert all(torch.equal(before[key], value) for key, value in target.state_dict().items())


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (Conv(4, 8, 3, 2), SPDConv(4, 8), True),
        (Conv(4, 8, 3, 2), SPDConv(4, 8, 2), True),
        (Conv(4, 8, 5, 2), SPDConv(4, 8, 3), True),
        (Conv(4, 8, 6, 2, 2), SPDConv(4, 8, 3), True),
        (Conv(4, 8, 5, 2), SPDConv(4, 8, 2), False),
        (Conv(4, 8, 6, 2), SPDConv(4, 8, 5), False),
        (Conv(4, 8, 3, 2), SPDConv(4, 16), False),
        (Conv(4, 8, 3, 2), SPDConv(8, 8), False),
        (Conv(4, 8, 3, 1), SPDConv(4, 8), False),
        (Conv(4, 8, 3, 2, g=4), SPDConv(4, 8), False),
        (Conv(4, 8, 3, 2, d=2), SPDConv(4, 8), False),
        (Conv(4, 8, 3, 2, 1, d=2), SPDConv(4, 8), False),
        (Conv(4, 8, 3, 3), SPDConv(4, 8, 3, 3), False),
        (Conv(9, 8, 3, 2), SPDConv(4, 8, 3, 3), False),
        (Conv(4, 8, 3, 2, act=False), SPDConv(4, 8), False),
        (Conv(4, 8, 3, 2, act=nn.ReLU()), SPDConv(4, 8, act=nn.ReLU()), True),
        (SPDConv(4, 8), SPDConv(4, 8), False),
        (Conv(4, 8, 2, 2, 0), Slicing(4, 8), True),
        (Conv(4, 8, 2, 2, 0), HWD(4, 8), True),
        (Conv(4, 8, 3, 2), Slicing(4, 8), False),
        (Conv(4, 8, 3, 2), HWD(4, 8), False),
        (Conv(4, 8, 3, 2), HWD(4, 8, 3), True),
        (Conv(4, 8, 6, 2, 2), HWD(4, 8, 3), True),
        (Conv(4, 8, 3, 2), SlicingConv3x3(4, 8), True),
    ],
)
def test_which_convolutions_convert_and_they_do_exactly(source: nn.Module, target: nn.Module, expected: bool) -> None:
    assert can_convert(source, target) == expected
    if expected:
        nn.init.uniform_(source.bn.running_mean)
        converted = convert_layer(source.double(), target.double()).eval()
        x = torch.randn(2, 4, 16, 12, dtype=torch.float64)
        torch.testing.assert_close(converted(x), source.eval()(x), atol=1e-12, rtol=0)


NEAREST = nn.Upsample(None, 2, "nearest")
UP_SAMPLERS = ("eucb", "carafe", "pixelshuffle", "liftup", "convtranspose")


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        *((NEAREST, up(8, 8), True) for up in (DySample, EUCB, CARAFE, PixelShuffleUp, LiftUp)),
        (NEAREST, nn.ConvTranspose2d(8, 8, 2, 2), True),
        (NEAREST, nn.ConvTranspose2d(8, 8, 2, 2, bias=False), True),
        (NEAREST, nn.ConvTranspose2d(8, 12, 2, 2), False),
        (NEAREST, nn.ConvTranspose2d(8, 8, 4, 2, 1), False),
        (NEAREST, EUCB(8, 12), False),
        (nn.Upsample(None, 2, "bilinear"), EUCB(8, 8), False),
        (nn.Upsample(None, 4, "nearest"), EUCB(8, 8), False),
        (NEAREST, nn.Upsample(None, 2, "nearest"), False),
        (EUCB(8, 8), EUCB(8, 8), False),
    ],
)
def test_which_up_samplers_start_as_nearest_and_they_do(source: nn.Module, target: nn.Module, expected: bool) -> None:
    assert can_convert(source, target) == expected
    if expected:
        before = copy.deepcopy(target.state_dict())
        x = torch.nn.functional.silu(3 * torch.randn(2, 8, 5, 6))
        torch.testing.assert_close(convert_layer(source, target).eval()(x), source(x), atol=1e-5, rtol=0)
        assert all(torch.equal(value, before[key]) for key, value in target.state_dict().items())


@pytest.mark.long
@pytest.mark.parametrize(
    "word",
    ["dysample", *(pytest.param(w, marks=pytest.mark.apart) for w in UP_SAMPLERS)],
)
def test_an_up_sampler_put_in_loses_nothing(word: str, log: list[str]) -> None:
    source, target = trained("yolov8n"), build(f"yolov8n-{word}")
    target.load(source)
    torch.testing.assert_close(output(target), output(source), atol=1e-5, rtol=1e-5)
    found = re.search(r"converted \(Upsample to (\w+) in rows 10 and 13, the same function\)", log[-1])
    assert found
    assert found[1].lower().startswith(word)
    again = build(f"yolov8n-{word}")
    again.load(target)  # a checkpoint of the same model is loaded as it is
    assert torch.equal(output(again), output(target))


def test_a_fused_convolution_is_not_converted() -> None:
    conv = Conv(4, 8, 3, 2)
    del conv.bn
    assert not can_convert(conv, SPDConv(4, 8))


def test_alignment_of_equal_rows_keeps_them() -> None:
    row = [-1, 1, "Conv", [16, 3]]
    d = {"nc": 2, "backbone": [row] * 6, "head": [[-1, 1, "Classify", ["nc"]]]}
    a, b = (ClassificationModel(copy.deepcopy(d), verbose=False).model for _ in range(2))
    assert align_layers(a, b).places == {i: i for i in range(7)}
    assert align_layers(a, b).keeps_indices()


def test_equal_rows_stay_where_they_are_if_one_more_follows() -> None:
    a, b = (nn.Sequential(*(Conv(8, 8) for _ in range(n)), nn.Linear(2, 2)) for n in (3, 4))
    assert align_layers(a, b).places == {0: 0, 1: 1, 2: 2, 4: 3}


def test_a_few_shared_tensors_make_no_pair() -> None:
    """A Bottleneck and an SPPF share names and shapes of two BatchNorms; the Identity is the better pair."""
    a = nn.Sequential(Conv(3, 32, 3, 2), nn.Identity(), Bottleneck(32, 32), nn.Linear(2, 2))
    b = nn.Sequential(Conv(3, 32, 3, 2), SPPF(32, 32), nn.Identity(), nn.Linear(2, 2))
    shared = {k for k, v in a[2].state_dict().items() if b[1].state_dict().get(k, v[None]).shape == v.shape}
    assert len(shared) == 10
    assert align_layers(a, b).places == {0: 0, 2: 1, 3: 3}


def test_what_the_host_would_copy_wins_if_it_is_more() -> None:
    """The last layers have nothing in common, and pairing them would take away what the second ones share."""
    a = nn.Sequential(Conv(3, 16, 3, 2), Conv(16, 16, 3))
    b = nn.Sequential(Conv(3, 16, 3, 2), Conv(16, 16, 3), Conv(16, 32))
    assert align_layers(a, b).places == {0: 0, 1: 1}


def test_a_head_with_a_coarser_level_gives_the_widest_branch_to_it() -> None:
    """P5/32 of yolov8 is 1024 wide, as P6/64 of yolov8-p6 is, whose P5/32 has 768."""
    source, target = trained("yolov8n"), build("yolov8n-p6")
    target.load(source)
    for level, from_level in ((0, 0), (1, 1), (3, 2)):
        ours, theirs = target.model[-1].cv2[level].state_dict(), source.model[-1].cv2[from_level].state_dict()
        assert all(torch.equal(ours[key], value) for key, value in theirs.items()), level


@pytest.mark.long
def test_trained_weights_keep_their_predictions(real_data: Path) -> None:
    for name in ("yolov8n", "yolo11n"):
        weights = real_data / "weights" / f"{name}_dq.pt"
        ours, theirs = (YOLO(f"{n}.yaml").load(str(weights)).model for n in (f"{name}-spd", name))
        torch.testing.assert_close(output(ours), output(theirs), atol=1e-9, rtol=0)


def test_pretrained_in_an_own_model_file(tmp_path: Path, real_data: Path, log: list[str]) -> None:
    file = tmp_path / "yolov8n-mine.yaml"
    d = with_row("yolov8n", 16, [-1, 1, "Conv", [256, 1, 1]])
    file.write_text(yaml.safe_dump({k: v for k, v in d.items() if k not in ("scale", "yaml_file")}))
    YOLO(file).load(str(real_data / "weights" / "yolov8n_dq.pt"))
    line = log[-1]
    assert "3,157,200 copied" in line
    assert "initialised (Conv in row 16)" in line
