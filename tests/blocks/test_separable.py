"""SliceSamp and SliceUpsamp in little memory: the same numbers as written out, and only where nothing can be missed."""

import copy
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch._dynamo.utils import counters
from torch.nn.parallel import DistributedDataParallel
from ultralytics import YOLO
from ultralytics.nn.modules import Conv

from yolo_slice.blocks import SliceSamp, SliceUpsamp
from yolo_slice.blocks.separable import SWITCH

MAKE: dict[str, Callable[[], nn.Module]] = {
    "down": lambda: SliceSamp(8, 12),
    "down-1x1-silu": lambda: SliceSamp(8, 12, 1, act="SiLU"),
    "down-5x5-relu": lambda: SliceSamp(8, 12, 5, act="ReLU"),
    "down-identity": lambda: SliceSamp(8, 12, act="Identity", init="paper"),
    "up": lambda: SliceUpsamp(8, 12),
    "up-silu": lambda: SliceUpsamp(8, 12, act="SiLU"),
}
SIZES = [(6, 10), (7, 9)]


def made(name: str, dtype: torch.dtype = torch.float32) -> nn.Module:
    torch.manual_seed(0)
    return MAKE[name]().to(dtype).train()


def image(height: int, width: int, dtype: torch.dtype = torch.float32, batch: int = 3) -> torch.Tensor:
    return torch.randn(batch, 8, height, width, generator=torch.Generator().manual_seed(1)).to(dtype).requires_grad_()


def as_written(block: nn.Module) -> nn.Module:
    """A copy that computes every step."""
    block = copy.deepcopy(block)
    block.depthwise.act.register_forward_hook(lambda *_: None)
    return block


def is_lean(y: torch.Tensor) -> bool:
    return type(y.grad_fn).__name__ == "_LeanBackward"


def steps(y: torch.Tensor) -> set[str]:
    """Names of all operations behind a result."""
    found, ahead = set(), [y.grad_fn]
    while ahead:
        if (node := ahead.pop()) is not None and node not in found:
            found.add(node)
            ahead += [following for following, _ in node.next_functions]
    return {type(node).__name__ for node in found}


def gradients(block: nn.Module, x: torch.Tensor, y: torch.Tensor) -> list[torch.Tensor]:
    weight = torch.randn(y.shape, generator=torch.Generator().manual_seed(2)).to(y)
    return [*torch.autograd.grad((y * weight).sum(), [x, *block.parameters()])]


def assert_same(ours: list[torch.Tensor], theirs: list[torch.Tensor], bound: float) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert (a - b).abs().max() <= bound * b.abs().max().clamp_min(0.1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", MAKE)
def test_a_training_step_is_the_one_that_is_written(name: str, size: tuple[int, int]) -> None:
    for dtype, bound in ((torch.float64, 1e-11), (torch.float32, 2e-4)):
        block = made(name, dtype)
        plain, x = as_written(block), image(*size, dtype)
        ours, theirs = block(x), plain(x)
        assert (is_lean(ours), is_lean(theirs)) == (True, False)
        assert torch.equal(ours, theirs)
        assert all(torch.equal(a, b) for a, b in zip(block.buffers(), plain.buffers(), strict=True))
        assert block.depthwise.bn.num_batches_tracked == block.pointwise.bn.num_batches_tracked == 1
        assert_same(gradients(block, x, ours), gradients(plain, x, theirs), bound)
        assert all(torch.equal(a, b) for a, b in zip(block.buffers(), plain.buffers(), strict=True))


@pytest.mark.long
@pytest.mark.parametrize("name", ["down", "down-1x1-silu", "up"])
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    block, x = made(name, torch.float64), image(3, 4, torch.float64, batch=2)
    names = [name for name, _ in block.named_parameters()]

    def run(x: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(block, dict(zip(names, values, strict=True)), (x,))

    inputs = (x, *(p.detach().clone().requires_grad_() for p in block.parameters()))
    assert is_lean(run(*inputs))
    assert torch.autograd.gradcheck(run, inputs, atol=1e-5)
    assert torch.autograd.gradgradcheck(run, inputs, atol=1e-4, fast_mode=True)


@pytest.mark.parametrize(("name", "size"), [("down", (3, 5)), ("up", (12, 20))])
def test_on_the_meta_device_there_are_shapes_and_nothing_to_save(name: str, size: tuple[int, int]) -> None:
    y = made(name).to("meta")(image(6, 10).detach().to("meta"))
    assert y.shape == (3, 12, *size)
    assert not is_lean(y)


def test_what_is_kept_is_the_input_and_the_convolutions_outputs() -> None:
    sizes = {"down": 8 * 6 * 10 + 32 * 3 * 5 + 12 * 3 * 5, "up": 8 * 6 * 10 + 2 * 12 * 20}
    for name, numbers in sizes.items():
        kept = []
        with torch.autograd.graph.saved_tensors_hooks(lambda t, kept=kept: kept.append(t) or t, lambda t: t):
            block = made(name)
            y = block(image(6, 10))
        assert is_lean(y)
        assert sum(t.numel() for t in kept if t is not None and t.dim() == 4 and t.shape[0] == 3) == 3 * numbers


@pytest.mark.parametrize("name", ["down", "up"])
def test_autocast(name: str) -> None:
    block = made(name)
    plain, x = as_written(block), image(7, 9)
    with torch.autocast("cpu", torch.bfloat16):
        ours, theirs = block(x), plain(x)
    assert is_lean(ours)
    assert ours.dtype == theirs.dtype == torch.bfloat16
    assert torch.equal(ours, theirs)
    assert_same(gradients(block, x, ours), gradients(plain, x, theirs), 0.05)
    with torch.autocast("cpu", torch.bfloat16):
        double = made(name, torch.float64)(image(6, 10, torch.float64))
    assert double.dtype == torch.float64


@pytest.mark.parametrize("name", ["down", "up"])
def test_twice_in_a_graph(name: str) -> None:
    found = []
    for prepare in (lambda block: block, as_written):
        block = prepare(made(name, torch.float64))
        mix = Conv(12, 8, 1).double().train().requires_grad_(False)
        nn.init.constant_(mix.conv.weight, 0.1)
        x, other = image(6, 10, torch.float64), image(7, 9, torch.float64)
        y = block(mix(block(x))).sum() + block(other).square().sum() + block(x).square().sum()
        found.append([*torch.autograd.grad(y, [x, other, *block.parameters()]), *(b.double() for b in block.buffers())])
    assert_same(*found, 1e-10)


def test_in_a_distributed_training(tmp_path: Path) -> None:
    dist.init_process_group("gloo", init_method=(tmp_path / "store").as_uri(), rank=0, world_size=1)
    try:
        block = made("down")
        plain, x = as_written(block), image(6, 10)
        DistributedDataParallel(block)(x).square().sum().backward()
    finally:
        dist.destroy_process_group()
    plain(x).square().sum().backward()
    assert_same([p.grad for p in block.parameters()], [p.grad for p in plain.parameters()], 2e-4)


def test_frozen_parameters_get_no_gradient() -> None:
    block = made("down")
    plain = as_written(block)
    for one in (block, plain):
        one.depthwise.conv.weight.requires_grad_(False)
        one.pointwise.bn.requires_grad_(False)
        one(image(6, 10).detach()).square().sum().backward()
    assert [p.grad is None for p in block.parameters()] == [True, False, False, False, True, True]
    grads = [[p.grad for p in one.parameters() if p.grad is not None] for one in (block, plain)]
    assert_same(*grads, 2e-4)


@pytest.mark.parametrize("name", ["down", "up"])
def test_with_statistics_that_do_not_change_it_is_as_written(name: str) -> None:
    block, x = made(name), image(6, 10)
    block(x)
    assert "_LeanBackward" not in steps(block.eval()(x))
    block.train().depthwise.bn.eval()  # as Ultralytics freezes layers
    assert "_LeanBackward" not in steps(block(x))


@pytest.mark.parametrize("place", ["", "depthwise", "depthwise.conv", "depthwise.bn", "depthwise.act", "pointwise.act"])
@pytest.mark.parametrize("name", ["down", "up"])
def test_whoever_looks_at_a_part_sees_it(name: str, place: str) -> None:
    block, seen = made(name), []
    block.get_submodule(place).register_forward_hook(lambda module, given, y: seen.append(y.sum()))
    block(image(6, 10))
    with torch.no_grad():
        block(image(6, 10))
        block.eval()(image(6, 10))
    assert len(seen) == 3
    assert seen[0].requires_grad


def test_a_part_of_another_kind_is_called() -> None:
    class Twice(nn.Conv2d):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(x)

    block, x = made("down").eval(), image(6, 10).detach()
    with torch.no_grad():
        before = block.depthwise.conv(x.repeat(1, 4, 1, 1))
        block.depthwise.conv.__class__ = Twice
        assert torch.equal(block.depthwise.conv(x.repeat(1, 4, 1, 1)), 2 * before)
        wanted = as_written(block)(x)
        assert torch.equal(block(x), wanted)
    assert torch.equal(block.train()(x), as_written(block)(x))


@pytest.mark.parametrize("name", MAKE)
def test_without_gradients_gelu_needs_no_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    block, x = made(name), image(7, 9)
    block(x)
    for kind in ("train", "eval", "fused"):
        block.train(kind == "train")
        if kind == "fused":
            for layer in (block.depthwise, block.pointwise):
                layer.conv, layer.forward = nn.utils.fuse_conv_bn_eval(layer.conv, layer.bn), layer.forward_fuse
                del layer.bn
        monkeypatch.setenv(SWITCH, "off")
        with torch.no_grad(), torch.profiler.profile() as profile:
            wanted = copy.deepcopy(block)(x)
        assert "aten::gelu_" not in {event.name for event in profile.events()}
        monkeypatch.delenv(SWITCH)
        before = x.detach().clone()
        with torch.no_grad(), torch.profiler.profile() as profile:
            assert torch.equal(block(x), wanted)
        assert {"aten::gelu_"} == {event.name for event in profile.events() if "gelu" in event.name}
        assert torch.equal(x, before)


def test_the_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SWITCH not in os.environ
    monkeypatch.setenv(SWITCH, "off")
    assert not is_lean(made("down")(image(6, 10)))


def test_one_pixel_is_refused_as_torch_refuses_it() -> None:
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        made("down")(image(2, 2, batch=1))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, while it compiles
@pytest.mark.parametrize("name", ["down", "up"])
def test_compiled_it_is_one_graph(name: str) -> None:
    block, x = made(name, torch.float64), image(6, 10, torch.float64)
    plain = as_written(block)
    torch._dynamo.reset()
    compiled = torch.compile(block, fullgraph=True, backend="aot_eager", dynamic=False)
    ours, theirs = compiled(x), plain(x)
    assert_same([ours, *gradients(block, x, ours)], [theirs, *gradients(plain, x, theirs)], 1e-10)
    with torch.no_grad():
        assert_same(
            [compiled(x), torch.compile(block.eval(), fullgraph=True, backend="aot_eager")(x)],
            [plain(x), plain.eval()(x)],
            1e-10,
        )


@pytest.mark.apart
def test_a_compiled_model_is_in_as_few_pieces_as_the_stock_one() -> None:
    """What `yolo train compile=True` compiles; a piece more would be a block that runs eagerly without a word."""
    pieces = {}
    for name in ("yolov8n", "yolov8n-slice"):
        torch._dynamo.reset()
        counters.clear()
        model = YOLO(f"{name}.yaml").model.train()
        torch.compile(model, backend="eager", dynamic=False)(torch.rand(1, 3, 64, 64))
        pieces[name] = counters["stats"]["unique_graphs"], sum(counters["graph_break"].values())
    assert pieces["yolov8n-slice"] == pieces["yolov8n"]
    assert pieces["yolov8n"][0] > 0
