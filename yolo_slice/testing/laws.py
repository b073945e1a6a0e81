"""The laws that a block keeps: each function takes a block's class, and fails with an AssertionError that says why.

Their arguments: the class, the output's height and width over the input's, and the number of output channels.
"""

import copy
import importlib
import inspect
import io
import math
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

C1, C2 = 8, 12
SIZES = [(2, 2), (6, 10), (16, 4), (7, 9), (1, 5)]
FORBIDDEN = {"ScatterND", "ScatterElements", "Loop", "If"}  # operations that runtimes have slowly, or not at all
Make = Callable[..., nn.Module]
Law = Callable[[Make, float, int], None]


class NotHereError(Exception):
    """A law needs a package that is not installed."""


def image(*size: int, batch: int = 2) -> Tensor:
    """Draw a batch of feature maps, (batch, C1, *size)."""
    return torch.randn(batch, C1, *size, generator=torch.Generator().manual_seed(1))


def evaluated(make: Make, c2: int = C2) -> nn.Module:
    """Make a block in eval mode whose BatchNorms are not identities."""
    torch.manual_seed(0)
    module = make(C1, c2).eval()
    for m in module.modules():
        if isinstance(m, nn.BatchNorm2d) and m.running_mean is not None and m.running_var is not None:
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.normal_(m.bias)
            nn.init.normal_(m.running_mean)
            nn.init.uniform_(m.running_var, 0.5, 1.5)
    return module


def law_shape(make: Make, scale: float, c2: int) -> None:
    """Give the grid of the layer that it replaces: ceil(H * scale), at odd sizes, too."""
    for height, width in SIZES:
        shape = tuple(evaluated(make, c2)(image(height, width)).shape)
        wanted = (2, c2, math.ceil(height * scale), math.ceil(width * scale))
        assert shape == wanted, f"of {height} x {width} it makes {shape}; expected {wanted}"


def law_dtype(make: Make, scale: float, c2: int) -> None:
    """Keep the dtype: half precision and AMP need it."""
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        found = evaluated(make, c2).to(dtype)(image(6, 10).to(dtype)).dtype
        assert found == dtype, f"of {dtype} it makes {found}"


def law_gradients_reach_every_parameter(make: Make, scale: float, c2: int) -> None:
    """Have no dead weights."""
    module = make(C1, c2).train()
    module(image(6, 10)).square().sum().backward()
    dead = [name for name, p in module.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not dead, f"no gradient reaches {', '.join(dead)}"


def law_every_pixel_counts(make: Make, scale: float, c2: int) -> None:
    """Look at every pixel: a block that claims to keep information must."""
    for size in ((6, 10), (7, 9)):
        x = image(*size).double().requires_grad_()
        evaluated(make, c2).double()(x).sum().backward()
        ignored = int((x.grad == 0).sum()) if x.grad is not None else x.numel()
        assert not ignored, f"{ignored} of {x.numel()} inputs of {size[0]} x {size[1]} have no gradient"


def law_images_do_not_mix(make: Make, scale: float, c2: int) -> None:
    """Treat each image of a batch alone, in eval mode."""
    module, x = evaluated(make, c2), image(6, 10)
    _agree(module(x)[:1], module(x[:1]), "the first image of two, and the same image alone")


def law_memory_layout_does_not_matter(make: Make, scale: float, c2: int) -> None:
    """Take channels-last and non-contiguous inputs."""
    module, x = evaluated(make, c2), image(6, 10)
    wanted = module(x)
    _agree(module(x.contiguous(memory_format=torch.channels_last)), wanted, "channels-last, and as usual")
    _agree(module(x.transpose(2, 3).contiguous().transpose(2, 3)), wanted, "non-contiguous, and as usual")


def law_copies_agree(make: Make, scale: float, c2: int) -> None:
    """Be what it is after deepcopy, pickle and load_state_dict: Ultralytics does all three."""
    module, x = evaluated(make, c2), image(6, 10)
    loaded = make(C1, c2).eval()
    loaded.load_state_dict(module.state_dict())
    copies = {"deepcopy": copy.deepcopy(module), "pickle": _pickled(module), "state_dict": loaded}
    differing = [name for name, other in copies.items() if not torch.equal(other(x), module(x))]
    assert not differing, f"its copy by {' and by '.join(differing)} computes something else"


def law_onnx_agrees(make: Make, scale: float, c2: int) -> None:
    """Compute the same as ONNX, without scatter, loop or branch in the graph."""
    onnx, onnxruntime = _package("onnx"), _package("onnxruntime")
    module, x = evaluated(make, c2), image(6, 10)
    file: Any = io.BytesIO()  # torch writes into it, though its annotation names paths only
    with _legacy_export(record=False):
        torch.onnx.export(module, (torch.zeros_like(x),), file, input_names=["x"], opset_version=17, dynamo=False)
    graph = onnx.load_from_string(file.getvalue())
    found = {node.op_type for node in graph.graph.node} & FORBIDDEN
    assert not found, f"its graph has {', '.join(sorted(found))}"
    (y,) = onnxruntime.InferenceSession(file.getvalue()).run(None, {"x": x.numpy()})
    _agree(torch.from_numpy(y), module(x), "ONNX Runtime and torch", atol=1e-5, rtol=1e-4)


def law_torch_exports_agree(make: Make, scale: float, c2: int) -> None:
    """Compute the same as TorchScript and as `torch.export`."""
    module, x = evaluated(make, c2), image(6, 10)
    with _legacy_export(record=False):
        traced: Any = torch.jit.trace(module, torch.zeros_like(x))
        _agree(traced(x), module(x), "TorchScript and torch")
    _agree(torch.export.export(module, (torch.zeros_like(x),)).module()(x), module(x), "torch.export and torch")


def law_input_is_not_changed(make: Make, scale: float, c2: int) -> None:
    """Leave its input alone: a skip connection may need it."""
    x = image(6, 10)
    before = x.clone()
    make(C1, c2).train()(x)
    assert torch.equal(x, before), "it writes into its input"


def law_same_seed_same_block(make: Make, scale: float, c2: int) -> None:
    """Draw its weights from torch's generator, so that the seed decides them."""
    x = image(6, 10)
    assert torch.equal(evaluated(make, c2)(x), evaluated(make, c2)(x)), "with the same seed it is another block"


def law_illegal_arguments_are_refused(make: Make, scale: float, c2: int) -> None:
    """Refuse illegal arguments by a ValueError that says what something must be, before a training starts."""
    illegal: list[tuple[Any, ...]] = [(0, c2), (C1, 0), (-8, c2), (C1, 1.5), (C1, "12"), (C1, None), (C1, True)]
    has_kernel = "k" in inspect.signature(make).parameters
    for arguments in [*illegal, *([(C1, c2, 0), (C1, c2, 1.5)] if has_kernel else [])]:
        fault = _refusal(make, *arguments)
        called = f"{_name(make)}{arguments}"
        assert isinstance(fault, ValueError), f"{called} must raise ValueError; it {_raised(fault)}"
        assert "must be" in str(fault), f"{called}: its message must say what something `must be`; it {_raised(fault)}"
    if has_kernel and (fault := _refusal(make, C1, c2, 2)) is None:
        x = torch.zeros(1, C1, 6, 8)
        same = make(C1, c2, 2)(x).shape == make(C1, c2)(x).shape
        assert same, f"{_name(make)}({C1}, {c2}, 2) changes the size; refuse even kernels, or pad for them"
    elif has_kernel:
        assert isinstance(fault, ValueError), f"{_name(make)}({C1}, {c2}, 2) {_raised(fault)}"


def law_every_batch_norm_can_be_folded(make: Make, scale: float, c2: int) -> None:
    """Have every BatchNorm in Ultralytics' `Conv`; `fuse()` leaves others, and the block looks slower than it is."""
    module = make(C1, c2)
    folded = {id(m.bn) for m in module.modules() if isinstance(m, Conv)}
    left = [n for n, m in module.named_modules() if isinstance(m, nn.BatchNorm2d) and id(m) not in folded]
    assert not left, f"`fuse()` cannot fold {', '.join(left)}; use ultralytics.nn.modules.Conv"


LAWS: dict[str, Law] = {
    name.removeprefix("law_"): law for name, law in list(globals().items()) if name.startswith("law_")
}


def _agree(found: Tensor, wanted: Tensor, what: str, **tolerance: Any) -> None:
    torch.testing.assert_close(found, wanted, msg=lambda text: f"{what} differ: {text}", **tolerance)


def _pickled(module: nn.Module) -> nn.Module:
    return pickle.loads(pickle.dumps(module))


def _refusal(make: Make, *arguments: Any) -> Exception | None:
    try:
        make(*arguments)
    except Exception as fault:  # whatever it is, the law judges it
        return fault
    return None


def _raised(fault: Exception | None) -> str:
    return "raises nothing" if fault is None else f"raises {type(fault).__name__}: {fault}"


def _name(make: Make) -> str:
    return getattr(make, "__name__", "the block")


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise NotHereError(f"{name} is not installed: pip install 'yolo-slice[export]'") from None


class _legacy_export(warnings.catch_warnings):  # noqa: N801  used like a function
    """2026-11, torch 2.15: TorchScript, by which Ultralytics exports, warns in many places that it is to go."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message=".torch.jit", category=FutureWarning)
        # of the padding of torch.nn.functional.pad, whose list the exporter reverses
        warnings.filterwarnings("ignore", message="Constant folding - Only steps=1", category=UserWarning)
