"""The contract: laws that every registered block keeps, and for each law a wrong block that breaks it."""

import copy
import inspect
import io
import math
import pickle
from collections.abc import Callable

import onnx
import onnxruntime
import pytest
import torch
from torch import nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks import BLOCKS

C1, C2 = 8, 12
SIZES = [(2, 2), (6, 10), (16, 4), (7, 9), (1, 5)]
Make = Callable[..., nn.Module]


def image(*size: int, batch: int = 2) -> torch.Tensor:
    return torch.randn(batch, C1, *size, generator=torch.Generator().manual_seed(1))


def evaluated(make: Make, c2: int = C2) -> nn.Module:
    """A block in eval mode whose BatchNorms are not identities."""
    torch.manual_seed(0)
    module = make(C1, c2).eval()
    for m in module.modules():
        if isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.normal_(m.bias)
            nn.init.normal_(m.running_mean)
            nn.init.uniform_(m.running_var, 0.5, 1.5)
    return module


def law_shape(make: Make, scale: float, c2: int) -> None:
    for height, width in SIZES:
        y = evaluated(make, c2)(image(height, width))
        assert y.shape == (2, c2, math.ceil(height * scale), math.ceil(width * scale))


def law_dtype(make: Make, scale: float, c2: int) -> None:
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        assert evaluated(make, c2).to(dtype)(image(6, 10).to(dtype)).dtype == dtype


def law_gradients_reach_every_parameter(make: Make, scale: float, c2: int) -> None:
    module = make(C1, c2).train()
    module(image(6, 10)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters())


def law_every_pixel_counts(make: Make, scale: float, c2: int) -> None:
    for size in ((6, 10), (7, 9)):
        x = image(*size).double().requires_grad_()
        evaluated(make, c2).double()(x).sum().backward()
        assert (x.grad != 0).all()


def law_images_do_not_mix(make: Make, scale: float, c2: int) -> None:
    module, x = evaluated(make, c2), image(6, 10)
    torch.testing.assert_close(module(x)[:1], module(x[:1]))


def law_memory_layout_does_not_matter(make: Make, scale: float, c2: int) -> None:
    module, x = evaluated(make, c2), image(6, 10)
    wanted = module(x)
    torch.testing.assert_close(module(x.contiguous(memory_format=torch.channels_last)), wanted)
    torch.testing.assert_close(module(x.transpose(2, 3).contiguous().transpose(2, 3)), wanted)


def law_copies_agree(make: Make, scale: float, c2: int) -> None:
    module, x = evaluated(make, c2), image(6, 10)
    loaded = make(C1, c2).eval()
    loaded.load_state_dict(module.state_dict())
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module)), loaded):
        assert torch.equal(other(x), module(x))


def law_exports_agree(make: Make, scale: float, c2: int) -> None:
    module, x, file = evaluated(make, c2), image(6, 10), io.BytesIO()
    torch.onnx.export(module, (torch.zeros_like(x),), file, input_names=["x"], opset_version=17, dynamo=False)
    graph = onnx.load_from_string(file.getvalue())
    assert not {node.op_type for node in graph.graph.node} & {"ScatterND", "ScatterElements", "Loop", "If"}
    (y,) = onnxruntime.InferenceSession(file.getvalue()).run(None, {"x": x.numpy()})
    torch.testing.assert_close(torch.from_numpy(y), module(x), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(torch.jit.trace(module, torch.zeros_like(x))(x), module(x))
    torch.testing.assert_close(torch.export.export(module, (torch.zeros_like(x),)).module()(x), module(x))


def law_input_is_not_changed(make: Make, scale: float, c2: int) -> None:
    x = image(6, 10)
    before = x.clone()
    make(C1, c2).train()(x)
    assert torch.equal(x, before)


def law_same_seed_same_block(make: Make, scale: float, c2: int) -> None:
    x = image(6, 10)
    assert torch.equal(evaluated(make, c2)(x), evaluated(make, c2)(x))


def law_illegal_arguments_are_refused(make: Make, scale: float, c2: int) -> None:
    illegal = [(0, c2), (C1, 0), (-8, c2), (C1, 1.5), (C1, "12"), (C1, None), (C1, True)]
    has_kernel = "k" in inspect.signature(make).parameters
    for arguments in [*illegal, *([(C1, c2, 0), (C1, c2, 1.5)] if has_kernel else [])]:
        with pytest.raises(ValueError, match="must be"):
            make(*arguments)
    if has_kernel:
        try:
            even = make(C1, c2, 2)
        except ValueError:
            return
        assert even(torch.zeros(1, C1, 6, 8)).shape == make(C1, c2)(torch.zeros(1, C1, 6, 8)).shape


def law_every_batch_norm_can_be_folded(make: Make, scale: float, c2: int) -> None:
    module = make(C1, c2)
    folded = {id(m.bn) for m in module.modules() if isinstance(m, Conv)}
    assert {id(m) for m in module.modules() if isinstance(m, nn.BatchNorm2d)} <= folded


LAWS = {name.removeprefix("law_"): law for name, law in list(globals().items()) if name.startswith("law_")}


# 2026-11, torch 2.15: TorchScript, by which Ultralytics exports, warns in many places that it is to go
legacy_export = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.torch.jit:FutureWarning")


@legacy_export
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", BLOCKS)
def test_block_keeps_law(name: str, law: str) -> None:
    entry = BLOCKS[name]
    if law in entry.excused:
        pytest.skip(f"{name} is excused: {entry.excused[law]}")
    LAWS[law](entry.cls, entry.scale, 4 * C1 if entry.quadruples else C2)


def test_excuses_name_laws() -> None:
    assert {law for entry in BLOCKS.values() for law in entry.excused} <= LAWS.keys()


class Right(nn.Module):
    """Halves the resolution lawfully; every wrong block below differs in one thing."""

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__()
        if {type(c1), type(c2), type(k)} != {int} or min(c1, c2, k) < 1 or k % 2 == 0:
            raise ValueError("must be right")
        self.conv = Conv(c1, c2, 3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


class DoesNotHalve(Right):
    def forward(self, x):
        return nn.functional.interpolate(self.conv(x), scale_factor=2.0)


class AlwaysFloat(Right):
    def forward(self, x):
        return self.conv(x).float()


class UnusedParameter(Right):
    def __init__(self, c1, c2, k=3):
        super().__init__(c1, c2, k)
        self.unused = nn.Parameter(torch.ones(1))


class SkipsPixels(Right):
    def __init__(self, c1, c2, k=3):
        super().__init__(c1, c2, k)
        self.conv = Conv(c1, c2, 1, 2)


class MixesImages(Right):
    def forward(self, x):
        return self.conv(x) + x.mean()


class TrustsStrides(Right):
    def forward(self, x):
        return self.conv(x.as_strided(x.shape, torch.empty(x.shape).stride()))


class ForgetsState(Right):
    def __init__(self, c1, c2, k=3):
        super().__init__(c1, c2, k)
        self.gain = torch.rand(1).item()

    def forward(self, x):
        return self.gain * self.conv(x)


class ExportsSomethingElse(Right):
    def forward(self, x):
        return self.conv(2 * x if torch.jit.is_tracing() else x)


class ChangesInput(Right):
    def forward(self, x):
        return self.conv(x.add_(1) if self.training else x)


class Unseeded(Right):
    def __init__(self, c1, c2, k=3):
        super().__init__(c1, c2, k)
        generator = torch.Generator()
        generator.seed()
        nn.init.normal_(self.conv.conv.weight, generator=generator)


class AcceptsAnything(Right):
    def __init__(self, c1, c2, k=3):
        super().__init__(C1, C2)


class BareBatchNorm(Right):
    def __init__(self, c1, c2, k=3):
        super().__init__(c1, c2, k)
        self.conv = nn.Sequential(nn.Conv2d(c1, c2, 3, 2, 1), nn.BatchNorm2d(c2), nn.SiLU())


WRONG = {
    "shape": DoesNotHalve,
    "dtype": AlwaysFloat,
    "gradients_reach_every_parameter": UnusedParameter,
    "every_pixel_counts": SkipsPixels,
    "images_do_not_mix": MixesImages,
    "memory_layout_does_not_matter": TrustsStrides,
    "copies_agree": ForgetsState,
    "exports_agree": ExportsSomethingElse,
    "input_is_not_changed": ChangesInput,
    "same_seed_same_block": Unseeded,
    "illegal_arguments_are_refused": AcceptsAnything,
    "every_batch_norm_can_be_folded": BareBatchNorm,
}


def test_every_law_has_a_wrong_block() -> None:
    assert WRONG.keys() == LAWS.keys()


@legacy_export
@pytest.mark.parametrize("law", LAWS)
def test_law_catches_wrong_block(law: str) -> None:
    LAWS[law](Right, 0.5, C2)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        LAWS[law](WRONG[law], 0.5, C2)
