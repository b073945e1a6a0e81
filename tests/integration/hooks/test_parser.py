"""Blocks in model files: channels exactly once scaled, the host's own features kept, mistakes explained."""

import copy
import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch import nn
from ultralytics.nn import tasks
from ultralytics.nn.modules import Conv

from yolo_slice.blocks import BLOCKS, SliceSamp, SliceUpsamp, SPDConv
from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.borrowed_names import LENDERS, QUADRUPLER, REPEATING_LENDERS
from yolo_slice.integration.model_files.drift import find_fault, require_supported_ultralytics

STOCK = tasks.parse_model.yolo_slice_stock


def model(*rows: list[Any], **extra: Any) -> dict[str, Any]:
    return {"nc": 3, "scales": {"n": [0.33, 0.25, 256]}, "scale": "n", "backbone": list(rows), "head": [], **extra}


def parse(*rows: list[Any], **extra: Any) -> nn.Sequential:
    return tasks.parse_model(model(*rows, **extra), ch=3, verbose=False)[0]


def channels(layer: nn.Module) -> tuple[int, int]:
    convolutions = [m for m in layer.modules() if isinstance(m, nn.Conv2d)]
    divisor = {SliceSamp: 4, SPDConv: 4}.get(type(layer), 1)
    c1 = convolutions[0].in_channels // divisor * (4 if isinstance(layer, SliceUpsamp) else 1)
    return c1, convolutions[-1].out_channels


def test_width_is_scaled_once_whatever_the_row() -> None:
    layers = parse(
        [-1, 1, "SliceSamp", [64]],
        [-1, 1, "SPDConv", [1024]],
        [-1, 1, "SliceUpsamp", []],
        [-1, 1, "SliceUpsamp", [128]],
        [0, 1, "SliceUpsamp", []],
        [1, 1, "SliceSamp", []],
    )
    assert [channels(layer) for layer in layers] == [(3, 16), (16, 64), (64, 64), (64, 32), (16, 16), (64, 64)]
    assert [layer.f for layer in layers] == [-1, -1, -1, -1, 0, 1]
    assert [layer.i for layer in layers] == list(range(6))


def test_space_to_depth_has_four_times_its_inputs_channels_neither_scaled_nor_clipped() -> None:
    layers, save = tasks.parse_model(
        model(
            [-1, 1, "SpaceToDepth", []],
            [-1, 1, "Conv", [64, 3, 1]],
            [-1, 1, "SpaceToDepth", []],
            [-1, 1, "SpaceToDepth", []],
            [1, 1, "SpaceToDepth", []],
            [[-1, 2], 1, "Concat", [1]],
            [-1, 1, "Conv", [64, 1, 1]],
            [-3, 1, "SpaceToDepth", []],
            [-1, 1, "Conv", [64, 1, 1]],
        ),
        ch=3,
        verbose=False,
    )
    assert isinstance(layers[5], nn.Module)
    assert [type(layer).__name__ for layer in layers][2:6] == ["SpaceToDepth", "SpaceToDepth", "SpaceToDepth", "Concat"]
    assert [layers[i].conv.in_channels for i in (1, 6, 8)] == [12, 128, 256]  # width 0.25, max_channels 256
    assert [layer.f for layer in layers] == [-1, -1, -1, -1, 1, [-1, 2], -1, -3, -1]
    assert save == [1, 2, 4]
    assert {layer.type for layer in layers if type(layer).__name__ == "SpaceToDepth"} == {
        "yolo_slice.blocks.space_to_depth.SpaceToDepth"
    }


def test_space_to_depth_beside_the_class_whose_name_it_borrows_is_refused() -> None:
    with pytest.raises(SliceError, match="SpaceToDepth: one such block fits into a model file, none beside ResNetL"):
        parse([-1, 1, "SpaceToDepth", []], [-1, 1, "ResNetLayer", [12, 64, 1, True, 1]])


def test_arguments_behind_the_channels_reach_the_block() -> None:
    layers = parse([-1, 1, "SPDConv", [64, 5, 4]], [-1, 1, "SliceSamp", [64, 5]], [-1, 1, "SPDConv", [64, 1, 2, False]])
    assert (layers[0].s, layers[0].conv.conv.kernel_size) == (4, (5, 5))
    assert layers[1].depthwise.conv.kernel_size == (5, 5)
    assert isinstance(layers[2].conv.act, nn.Identity)


def test_start_of_the_weights_is_chosen_in_the_row() -> None:
    rows = [[-1, 1, "SliceSamp", [64, 3, "GELU", "paper"]], [-1, 1, "SliceUpsamp", [64, 3, "GELU", "paper"]]]
    assert [layer.depthwise.bn.bias.unique().item() for layer in parse(*rows)] == [0, 0]
    rows = [[-1, 1, "SliceSamp", [64]], [-1, 1, "SliceUpsamp", []], [-1, 1, "SliceUpsamp", [64, 3, "GELU", "linear"]]]
    assert [layer.depthwise.bn.bias.unique().item() for layer in parse(*rows)] == [2, 2, 2]


def test_activation_of_the_model_file_is_honoured_and_put_back() -> None:
    before = Conv.default_act
    layers = parse([-1, 1, "SPDConv", [64]], [-1, 1, "SliceSamp", [64]], activation="torch.nn.ReLU()")
    assert isinstance(layers[0].conv.act, nn.ReLU)
    assert isinstance(layers[1].pointwise.act, nn.GELU)  # the paper's, whatever the file says
    if "default_act = Conv.default_act" in inspect.getsource(STOCK):
        assert Conv.default_act is before  # older hosts leave it changed
    Conv.default_act = before


def test_every_registered_block_fits_every_row_form() -> None:
    for name, entry in BLOCKS.items():
        args = [] if entry.quadruples else [128]
        layers = parse([-1, 1, "Conv", [64, 3, 2]], [-1, 1, name, args], [-1, 1, name, []], [0, 1, name, []])
        assert [type(layer).__name__ for layer in layers] == ["Conv", name, name, name]


def test_a_block_that_repeats_inside_gets_the_repeats_of_its_row() -> None:
    layers = parse([-1, 1, "Conv", [64, 3, 2]], [-1, 6, "C2fSSB", [64, True, 0.5]], [-1, 3, "C3SSB", []])
    assert (type(layers[1]).__name__, len(layers[1].m)) == ("C2fSSB", 2)  # of scale n: a third of six
    assert {m.ratio for m in layers[1].modules() if hasattr(m, "sampling_macs")} == {0.5}
    assert type(layers[2]).__name__ == "C3SSB"  # a third of three
    with pytest.raises(SliceError, match=r"expected C2fSSB \[c2, shortcut=True, ratio=0.5625, sampler='saliency'\]"):
        parse([-1, 6, "C2fSSB", [64, True, 0.5, "uniform", 1]])


def test_table_of_the_host_names_our_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(tasks.LOGGER, "info", lines.append)
    tasks.parse_model(model([-1, 1, "SliceSamp", [64]], [-1, 1, "SliceUpsamp", []]), ch=3, verbose=True)
    assert "yolo_slice.blocks.slice_samp.SliceSamp" in lines[-2]
    assert lines[-1].split()[-2:] == ["yolo_slice.blocks.slice_upsamp.SliceUpsamp", "[16]"]


def test_ultralytics_module_and_users_dict_are_left_alone() -> None:
    before = dict(vars(tasks))
    rows = model([-1, 1, "SliceSamp", [64]], [-1, 1, "SliceUpsamp", []])
    given = copy.deepcopy(rows)
    tasks.parse_model(rows, ch=3, verbose=False)
    with pytest.raises(SliceError):
        parse([-1, 1, "SliceSamp", [64, 4]])
    assert vars(tasks) == before
    assert rows == given


def test_threads_that_use_the_lent_name_do_not_meet() -> None:
    def build(i: int) -> str:
        name = ("SliceSamp", "Focus", "SPDConv")[i % 3]
        return type(parse([-1, 1, name, [64]])[0]).__name__

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(build, range(60))) == ["SliceSamp", "Focus", "SPDConv"] * 20


def test_a_model_file_may_use_the_lenders_itself() -> None:
    layers = parse(
        [-1, 1, "Focus", [64]], [-1, 1, "ADown", [64]], [-1, 1, "SliceSamp", [64]], [-1, 1, "GhostConv", [64]]
    )
    assert [type(layer).__name__ for layer in layers] == ["Focus", "ADown", "SliceSamp", "GhostConv"]


@pytest.mark.long
def test_stock_models_are_built_as_before() -> None:
    for name in ("yolov8n.yaml", "yolo11n.yaml", "yolov5n.yaml", "yolo26n.yaml", "yolov8n-seg.yaml"):
        d = tasks.yaml_model_load(name)
        ours, theirs = (f(copy.deepcopy(d), ch=3, verbose=False) for f in (tasks.parse_model, STOCK))
        assert str(ours[0]) == str(theirs[0])
        assert ours[1] == theirs[1]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([-1, 1, "SliceSmap", [64]], "layer 0: unknown block 'SliceSmap'; did you mean SliceSamp"),
        ([-1, 1, "SPD-Conv", [64]], "layer 0: unknown block 'SPD-Conv'; did you mean SPDConv"),
        ([-1, 1, "nn.Upsmaple", [64]], "layer 0: unknown block 'nn.Upsmaple'; did you mean nn.Upsample"),
        (
            [-1, 1, "Qqqqqq", [64]],
            f"layer 0: unknown block 'Qqqqqq'; blocks of yolo-slice: {', '.join(sorted(BLOCKS))}.",
        ),
        ([-1, 2, "SliceSamp", [64]], "SliceSamp changes the resolution, so repeats must be 1, not 2"),
        ([[-1, 0], 1, "SliceSamp", [64]], "SliceSamp takes one input, so 'from' must be one layer index, not [-1, 0]"),
        (
            [-1, 1, "SliceSamp", [64, 3, "GELU", "linear", 2]],
            "too many positional arguments; expected SliceSamp [c2, k=3, act='GELU', init='linear']",
        ),
        (
            [-1, 1, "SliceSamp", [64, 3, "GELU", "papr"]],
            "SliceSamp: init must be one of linear, paper, not 'papr'; did you mean paper?",
        ),
        ([-1, 1, "SliceSamp", [64, 3, 2]], "SliceSamp: act must be one of GELU, SiLU, ReLU, Identity, not 2"),
        (
            [-1, 1, "SliceSamp", [64, 4]],
            "layer 0, [-1, 1, 'SliceSamp', [64, 4]]: SliceSamp: kernel size k must be odd, not 4",
        ),
        ([-1, 1, "SPDConv", [64, 3, 1]], "SPDConv: s=1 would slice nothing"),
        ([-1, 1, "SliceSamp", [[64]]], "the first argument is the number of output channels, not [64]"),
        ([-1, 1, "SliceSamp", 64], "arguments must be a list, SliceSamp [c2, k=3, act='GELU', init='linear'], not 64"),
        (
            [-1, 1, "SliceUpsamp", []],
            "SliceUpsamp: c1 must be a multiple of 4, to fill 2 x 2 pixels from channels, not 3",
        ),
        ([-1, 1, "SpaceToDepth", [64]], "SpaceToDepth makes four times the channels; write it without arguments"),
        ([-1, 2, "SpaceToDepth", []], "SpaceToDepth changes the resolution, so repeats must be 1, not 2"),
        ([-1, 1, "SliceSamp", ["many"]], "the first argument is the number of output channels, not 'many'"),
    ],
)
def test_mistakes_in_a_row_are_explained_and_not_blamed_on_the_version(row: list[Any], message: str) -> None:
    with pytest.raises(SliceError) as error:
        parse(row)
    assert message in str(error.value)
    assert "does not support ultralytics" not in str(error.value)


def test_mistakes_in_stock_rows_stay_the_hosts() -> None:
    with pytest.raises(TypeError) as error:
        parse([-1, 1, "SliceSamp", [64]], [-1, 1, "Conv", [64, 3, 2, None, 1, 1, True, "too", "many"]])
    assert not isinstance(error.value, SliceError)


def test_a_host_with_a_block_of_our_name_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(tasks.LOGGER, "warning", warnings.append)
    monkeypatch.setattr(tasks, "SPDConv", tasks.Focus, raising=False)
    parse([-1, 1, "SPDConv", [64]])
    assert "has a SPDConv of its own" in warnings[0]


def drifted(old: str, new: str) -> Any:
    """The stock parser with a line of its source changed, as another version might have it."""
    source = inspect.getsource(STOCK)
    assert old in source
    namespace = dict(vars(tasks))
    exec(source.replace(old, new), namespace)
    return namespace["parse_model"]


def test_this_host_has_no_fault() -> None:
    assert find_fault(STOCK) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("            ADown,\n", "", id="a lender is no longer a base module"),
        pytest.param("* width, 8)", "* width * width, 8)", id="the width is scaled twice"),
        pytest.param("args = [c1, c2, *args[1:]]", "args = [c2, *args[1:]]", id="c1 is no longer given"),
        pytest.param("            c2 = ch[f]\n", "            c2 = 2 * ch[f]\n", id="unknown modules change channels"),
        pytest.param("else args[1] * 4", "else args[1] * 2", id="the quadrupler makes another number of channels"),
        pytest.param("save.extend(", "sorted(", id="the save list is made elsewhere"),
    ],
)
def test_a_drifted_host_is_named_and_blamed(old: str, new: str) -> None:
    stock = drifted(old, new)
    with pytest.raises(SliceError, match=r"yolo-slice .* does not support ultralytics .*: borrowing the name"):
        require_supported_ultralytics(stock)


def test_as_many_kinds_of_blocks_fit_into_one_file_as_there_are_lenders() -> None:
    assert all(inspect.isclass(getattr(tasks, name)) for name in (*LENDERS, *REPEATING_LENDERS, QUADRUPLER))
    names = [name for name, entry in BLOCKS.items() if not (entry.quadruples or entry.repeats)]
    rows = [[-1, 1, name, [64]] for name in names]
    assert [type(layer).__name__ for layer in parse(*rows[: len(LENDERS)])] == names[: len(LENDERS)]


def test_more_kinds_than_lenders_are_refused() -> None:
    rows = [[-1, 1, name, [64]] for name, entry in BLOCKS.items() if not (entry.quadruples or entry.repeats)]
    taken = [[-1, 1, name, [64]] for name in LENDERS[: max(len(LENDERS) - len(rows) + 1, 0)]]
    with pytest.raises(SliceError, match=rf"{len(rows)} kinds of yolo-slice blocks in one model file; at most"):
        parse(*taken, *rows)


def test_fusing_folds_every_batch_norm() -> None:
    torch.manual_seed(0)
    net = tasks.DetectionModel("yolov8n-slice.yaml", verbose=False).train()
    net(torch.rand(2, 3, 64, 64))  # statistics other than 0 and 1
    net.eval()
    x = torch.rand(1, 3, 64, 96)
    before = net(x)[0]
    fused = net.fuse(verbose=False)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in fused.modules())
    torch.testing.assert_close(fused(x)[0], before, atol=1e-3, rtol=1e-4)


def test_names_that_another_extension_resolves_are_not_ours_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that something else has replaced before us may know more names than the host's module has."""
    from types import SimpleNamespace

    from yolo_slice.integration.hooks import parser

    module = SimpleNamespace(parse_model=lambda d, *_, **__: "theirs")
    parser.patch(module)
    assert module.parse_model(model([-1, 1, "TheirBlock", [64]]), ch=3) == "theirs"
