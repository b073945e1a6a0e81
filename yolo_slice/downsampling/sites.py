"""Where a model halves its resolution, and which of these places a block can take."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from torch import nn
from ultralytics.nn.modules import Conv

from yolo_slice.integration.inference.exchange import convolution_fault
from yolo_slice.registry import block_of

Kind = Literal["strided", "maxpool", "patch_merging"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Site:
    """A module that reduces the resolution.

    Attributes:
        name: Its name in `model.named_modules()`.
        kind: One of KINDS.
        module: A strided convolution (or Ultralytics' Conv around it), a max pooling, a patch merging.
        reason: Why no block can take its place; empty if one can.
    """

    name: str
    kind: Kind
    module: nn.Module
    reason: str = ""


def find_sites(model: nn.Module) -> Iterator[Site]:
    """List what reduces the resolution, in the order of `named_modules`; what is inside of our blocks is left out."""
    names = Counter(id(module) for _, module in model.named_modules(remove_duplicate=False))
    inside: tuple[str, ...] = ()
    for name, module in model.named_modules():
        if name.startswith(inside):
            continue
        if isinstance(module, Conv) or block_of(module):
            inside = (*inside, f"{name}." if name else "")
        found = None if block_of(module) else _judge(module)
        if found:
            kind, reason = found
            is_shared = names[id(module)] > 1
            yield Site(name, kind, module, reason or ("one module under several names" if is_shared else ""))


def _judge(module: nn.Module) -> tuple[Kind, str] | None:
    """Say of which kind a reducing module is and why it cannot be replaced; None of any other module."""
    if isinstance(module, Conv):
        module = module.conv
    if isinstance(module, nn.Conv2d):
        return None if max(module.stride) == 1 else ("strided", _objection_to_convolution(module))
    if isinstance(module, nn.MaxPool2d):
        stride = _pair(module.stride)
        return None if max(stride) == 1 else ("maxpool", _objection_to_pooling(module, stride))
    if type(module).__name__.startswith("PatchMerging"):
        reduction = getattr(module, "reduction", None)
        return "patch_merging", "" if isinstance(reduction, nn.Linear) else "it has no linear layer `reduction`"
    return None


def _objection_to_convolution(conv: nn.Conv2d) -> str:
    if tuple(conv.kernel_size) == (1, 1) and tuple(conv.stride) == (2, 2):
        return "1x1 shortcut convolution"
    return convolution_fault(conv)


def _objection_to_pooling(pool: nn.MaxPool2d, stride: tuple[int, int]) -> str:
    if stride != (2, 2):
        return f"stride {stride}, not 2"
    if pool.return_indices:
        return "its indices are used elsewhere"
    return "dilated pooling" if max(_pair(pool.dilation)) > 1 else ""


def _pair(value: int | tuple[int, ...]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
