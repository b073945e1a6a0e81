"""GFLOPs of models that Ultralytics miscounts.

Where the first layer slices it takes 12 input channels for image channels, and fails. Where residual branches are
sampled it counts a small image and multiplies, but sampled sizes are rounded, and the cost of sampling grows with the
third power of the side; besides, older versions miss the sampling, which is matrix products and no layer.
"""

import copy
import functools
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from yolo_slice.integration.log import warn
from yolo_slice.integration.model_files.heads import head_classes
from yolo_slice.integration.replacing import Function, replace
from yolo_slice.registry import block_of


def patch(torch_utils: ModuleType) -> None:
    """Make `ultralytics.utils.torch_utils.get_flops` count with true channels where it returns 0, and true sizes."""

    def wrap(stock: Function) -> Function:
        def get_flops(model: nn.Module, imgsz: int | list[int] = 640) -> float:
            if any(hasattr(m, "sampling_macs") for m in model.modules()):
                return _count(model, imgsz)
            return stock(model, imgsz) or (_count(model, imgsz) if _is_ours(model) else 0.0)

        return get_flops

    replace(torch_utils, "get_flops", wrap)


def _is_ours(model: nn.Module) -> bool:
    heads = tuple(head_classes().values())
    return any(block_of(m) or isinstance(m, heads) for m in model.modules())


def _count(model: nn.Module, imgsz: int | list[int]) -> float:
    try:
        return count_gflops(model, imgsz)
    except Exception as error:  # the model's summary must not fail for want of a count, nor hide that it is missing
        warn(f"GFLOPs not counted ({type(error).__name__}: {error})")
        return 0.0


def count_gflops(model: nn.Module, imgsz: int | list[int] = 640) -> float:
    """Count 2 x (convolution and sampling MACs + BatchNorm operations) of one image, in GFLOPs, by ultralytics-thop.

    Args:
        model: A model of Ultralytics; its `yaml` says how many channels an image has.
        imgsz: Height and width of the image, pixels.
    """
    import thop

    model = copy.deepcopy(getattr(model, "module", model))  # some versions of thop leave attributes behind
    channels = getattr(model, "yaml", {}).get("channels", 3)
    height, width = imgsz if isinstance(imgsz, (list, tuple)) else (imgsz, imgsz)
    parameter = next(model.parameters())
    image = torch.zeros(1, channels, height, width, device=parameter.device, dtype=parameter.dtype)
    sampling: list[int] = []
    samplers: list[Any] = [m for m in model.modules() if hasattr(m, "sampling_macs") and not _counts_products()]
    for sampler in samplers:
        sampler.register_forward_pre_hook(lambda m, args: sampling.append(m.sampling_macs(args[0])))
    return (thop.profile(model, inputs=[image], verbose=False)[0] + sum(sampling)) * 2 / 1e9


@functools.cache
def _counts_products() -> bool:
    """Tell whether this version of ultralytics-thop counts matrix products, as from 2.2 on, or layers only."""
    import thop

    class Product(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.matmul(x, x)

    return thop.profile(Product(), inputs=[torch.zeros(1, 2, 2)], verbose=False)[0] > 0
