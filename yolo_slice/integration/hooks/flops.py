"""GFLOPs of models whose first layer slices: Ultralytics takes its 12 input channels for image channels, and fails."""

import copy
from types import ModuleType

import torch
from torch import nn

from yolo_slice.integration.log import warn
from yolo_slice.integration.model_files.heads import head_classes
from yolo_slice.integration.replacing import Function, replace
from yolo_slice.registry import block_of


def patch(torch_utils: ModuleType) -> None:
    """Make `ultralytics.utils.torch_utils.get_flops` count again, with the true channels, where it returns 0."""

    def wrap(stock: Function) -> Function:
        def get_flops(model: nn.Module, imgsz: int | list[int] = 640) -> float:
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
    """Count 2 x (convolution MACs + BatchNorm operations) of one image, by ultralytics-thop, in GFLOPs.

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
    return thop.profile(model, inputs=[image], verbose=False)[0] * 2 / 1e9
