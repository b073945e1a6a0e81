"""Every form is the same function as its block and has none of the operations that converters break."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
import onnxslim
import pytest
import torch
from meta_layers import build, load
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from trained_blocks import after_steps, first, live_network, randomise, relative_difference

from yolo_slice import optimize
from yolo_slice.blocks import BLOCKS, HWD, PatchMerging, SliceSamp, SliceUpsamp, Slicing, SPDConv
from yolo_slice.deploy.forms import FORMS, ONE_SIZE, PLAIN, forms_of
from yolo_slice.deploy.four import FourConvolutions
from yolo_slice.deploy.made_up_image import made_up_image
from yolo_slice.deploy.optimizing import our_blocks, rewrite
from yolo_slice.deploy.shuffled import PixelShuffle, TwoTransposes
from yolo_slice.errors import SliceError
from yolo_slice.paths import model_files

C1 = 8
SIZES = [(12, 8), (7, 9), (8, 5), (2, 2), (1, 3)]
RUNTIMES = ["onnx", *FORMS]
KERNELS = {"HWD": (1, 3), "SliceSamp": (1, 3, 5, 7), "SliceUpsamp": (1, 3, 5, 7), "SPDConv": (1, 2, 3, 4, 5, 6)}
SLICE = ["yolov5n-slice", "yolov8n-slice", "yolo11n-slice", "yolo26n-slice", "yolov5n-5.0-slice"]
OTHERS = ["yolov8n-spd", "yolov5n-6.0-spd-official", "yolov5n-5.0-patchmerging", "yolov5n-5.0-slicing"]
EXACT = 1e-5  # of the scale
ROUNDING = 1e-10  # of the scale, in float64, through a whole network


def sampled(names: list[str]) -> list[Any]:
    """Cases for `parametrize`, of which only one is of the fast part."""
    return [pytest.param(name, marks=() if name == "yolov8n-slice" else pytest.mark.long) for name in names]


def makers() -> Iterator[tuple[str, Callable[[], nn.Module]]]:
    for name in PLAIN:
        entry = BLOCKS[name]
        for k in KERNELS.get(name, (None,)):
            arguments = {} if k is None else {"k": k}
            c2 = 4 * C1 if entry.quadruples else 12
            yield f"{name}-{k}", lambda entry=entry, c2=c2, arguments=arguments: entry.cls(C1, c2, **arguments)
    for s in (3, 4):
        for k in (2, 3):
            yield f"SPDConv-{k}-s{s}", lambda s=s, k=k: SPDConv(C1, 12, k, s)
    yield "Slicing-without-activation", lambda: Slicing(C1, 12, act=False)
    yield "SliceSamp-SiLU", lambda: SliceSamp(C1, 12, act="SiLU")


MAKERS = dict(makers())


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("case", MAKERS)
def test_a_form_is_the_same_function(case: str, runtime: str) -> None:
    block = after_steps(MAKERS[case](), C1)
    for model in (optimize(block, runtime), optimize(nn.Sequential(block), runtime)):
        for size in SIZES:
            x = torch.randn(2, C1, *size, generator=torch.Generator().manual_seed(1))
            assert relative_difference(model(x), block(x)) < EXACT


@pytest.mark.parametrize("runtime", ONE_SIZE)
@pytest.mark.parametrize("case", [case for case in MAKERS if case.startswith("SliceSamp")])
def test_a_form_for_one_size_is_the_same_function(case: str, runtime: str) -> None:
    block = after_steps(MAKERS[case](), C1).double()
    form = rewrite(copy.deepcopy(block), runtime, one_size=True)
    assert next(type(m).__name__ for m in form.children()) == "SlicesInRows"
    for size in SIZES:
        x = torch.randn(2, C1, *size, generator=torch.Generator().manual_seed(1)).double()
        assert relative_difference(form(x), block(x)) < 1e-13


@pytest.mark.parametrize("case", MAKERS)
def test_in_float64_nothing_but_rounding_is_left(case: str) -> None:
    block = after_steps(MAKERS[case](), C1).double()
    x = torch.randn(2, C1, 7, 9).double()
    assert relative_difference(optimize(block)(x), block(x)) < 1e-13


def test_the_comparison_sees_a_wrong_padding(monkeypatch: pytest.MonkeyPatch) -> None:
    block = after_steps(SliceSamp(C1, 12), C1)
    wrong = optimize(block)
    x = torch.randn(2, C1, 12, 8)
    assert relative_difference(wrong(x), block(x)) < EXACT
    wrong[0].pads[0], wrong[0].pads[1] = wrong[0].pads[1], wrong[0].pads[0]
    assert relative_difference(wrong(x), block(x)) > 0.01


class Operations(TorchDispatchMode):
    """Notes what torch computes: names of operators, those of slices with a step, and the highest rank."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.rank = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        is_strided = func is torch.ops.aten.slice.Tensor and len(args) > 4 and args[4] != 1
        self.names.add("strided slice" if is_strided else func.overloadpacket.__name__)
        self.rank = max([self.rank, *(y.dim() for y in [out] if isinstance(y, Tensor))])
        return out


@pytest.mark.parametrize("case", MAKERS)
def test_plain_forms_have_no_strided_slice_no_gather_and_no_fifth_dimension(case: str) -> None:
    block, x = MAKERS[case]().eval(), torch.randn(1, C1, 8, 6)
    with Operations() as shipped:
        block(x)
    is_plain = isinstance(block, HWD)  # whose form saves a step, and nothing that converters break
    assert is_plain != ("strided slice" in shipped.names or shipped.rank > 4)  # what is to be got rid of
    model = optimize(block, "ncnn")
    with Operations() as plain:
        model(x)
    assert not plain.names & {"strided slice", "index", "index_put", "gather", "scatter"}
    assert plain.rank <= 4


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", PLAIN)
def test_the_onnx_graph_of_a_form_is_plain(name: str, tmp_path: Path) -> None:
    entry = BLOCKS[name]
    model = optimize(entry.cls(C1, 4 * C1 if entry.quadruples else 12))
    x = torch.randn(1, C1, 8, 6)
    model(x)
    torch.onnx.export(model, (x,), str(tmp_path / "m.onnx"), opset_version=17, dynamo=False)
    slim = onnxslim.slim(onnx.load(tmp_path / "m.onnx"))  # as Ultralytics does
    graph = onnx.shape_inference.infer_shapes(slim).graph
    operators = {node.op_type for node in graph.node}
    assert not operators & {"Slice", "Gather", "GatherND", "ScatterND", "Loop", "If", "Pad"}
    assert max(len(v.type.tensor_type.shape.dim) for v in graph.value_info) <= 4


def test_four_convolutions_by_hand() -> None:
    """One channel of ones, every kernel of ones: each output counts the pixels of its slice that the kernel meets."""
    conv = nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False)
    nn.init.ones_(conv.weight)
    y = FourConvolutions(conv)(torch.ones(1, 1, 4, 5))  # slices of 2 rows; of 3 columns, or 2 and one of padding
    assert y[0, :, 0].tolist() == [[4, 6, 4], [4, 6, 4], [4, 4, 2], [4, 4, 2]]


@pytest.mark.parametrize("name", sampled(SLICE + OTHERS))
def test_a_whole_network_is_the_same_function_and_the_given_one_stays(name: str) -> None:
    network = live_network(f"{name}.yaml").double()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    x = made_up_image((1, 3, 96, 64), seed=9).double()
    theirs = first(network(x))
    for runtime in RUNTIMES:
        optimized = optimize(network, runtime)
        ours = first(optimized(x))
        assert relative_difference(ours[:, :4], theirs[:, :4]) < ROUNDING
        assert relative_difference(ours[:, 4:], theirs[:, 4:]) < ROUNDING
        assert not {type(m).__name__ for m in our_blocks(optimized)} & {*forms_of(runtime)}
    after = network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert our_blocks(network)


@pytest.mark.parametrize("name", sampled(SLICE))
def test_the_order_of_channels_is_folded_into_what_produces_them(name: str) -> None:
    model = optimize(live_network(f"{name}.yaml"))
    with Operations() as operations:
        model(torch.rand(1, 3, 64, 64))
    assert "pixel_shuffle" in operations.names


def test_an_order_that_cannot_be_folded_is_not() -> None:
    """The channels that SliceUpsamp gets have each an activation of its own, which wants them in their places."""
    network = live_network("yolov8n-slice.yaml")
    network.model[9].cv2.act = Ramp()
    x, optimized = torch.rand(1, 3, 64, 64).double(), optimize(network.double())
    assert relative_difference(first(optimized(x)), first(network(x))) < ROUNDING
    assert [type(m) for m in optimized.modules()].count(TwoTransposes) == 1
    assert [type(m) for m in optimized.modules()].count(PixelShuffle) == 1


class Ramp(nn.Module):
    """An activation that is not the same for every channel."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.linspace(0.5, 1.5, x.shape[1], dtype=x.dtype).view(1, -1, 1, 1)


@pytest.mark.apart
def test_every_shipped_shape() -> None:
    """Every block of every scale of every model file, once, on 4 x 6 pixels."""
    seen: dict[str, nn.Module] = {}
    for file in model_files():
        for scale in load(file)["scales"]:
            seen |= {repr(m): m for m in build(file, scale).modules() if type(m).__name__ in PLAIN}
    for described, shape in seen.items():
        block = randomise(copy.deepcopy(shape).to_empty(device="cpu")).eval()
        for m in block.modules():
            if hasattr(m, "reset_parameters") and not isinstance(m, nn.BatchNorm2d):
                m.reset_parameters()
        weights = [*block.parameters()]
        c1 = C1 if not weights else weights[0].shape[0 if isinstance(block, SliceSamp | PatchMerging) else 1] // 4
        c1 = weights[0].shape[0] * 4 if isinstance(block, SliceUpsamp) else c1
        x = torch.randn(1, c1, 4, 6)
        assert relative_difference(optimize(block)(x), block(x)) < EXACT, described
    assert len(seen) > 40


def test_a_file_is_not_a_model() -> None:
    with pytest.raises(SliceError, match="must be a torch module"):
        optimize("best.pt")
