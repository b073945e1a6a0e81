"""A Conv of Ultralytics as the one plain convolution that it is in eval mode."""

from typing import Any

from torch import nn
from torch.nn.utils import fuse_conv_bn_eval


def folded(layer: Any) -> nn.Conv2d | None:
    """Return a Conv's convolution with its BatchNorm folded in, a new module; None if it is not a plain convolution.

    Args:
        layer: An `ultralytics.nn.modules.Conv`, fused or not. With fake quantization in it, its convolution is another
            class, whose ranges belong to the channels as they stand.
    """
    conv, norm = layer.conv, getattr(layer, "bn", None)
    if type(conv) is not nn.Conv2d or conv._forward_hooks or conv._forward_pre_hooks:
        return None
    if norm is None:
        return like(conv)
    folding = fuse_conv_bn_eval(conv.eval(), norm.eval()) if type(norm) is nn.BatchNorm2d else None
    return folding and like(folding)


def like(conv: nn.Conv2d, **changes: Any) -> nn.Conv2d:
    """Make a convolution without gradients that has another's values and settings, some of them changed.

    Args:
        conv: Copied.
        changes: Arguments of `nn.Conv2d`; `weight` and `bias` are tensors.
    """
    weight = changes.pop("weight", conv.weight).detach().clone()
    bias = changes.pop("bias", conv.bias)
    settings: dict[str, Any] = {name: getattr(conv, name) for name in ("stride", "padding", "dilation", "groups")}
    settings |= {"kernel_size": weight.shape[-2:], **changes}
    made = nn.Conv2d(
        weight.shape[1] * settings["groups"], len(weight), bias=bias is not None, device="meta", **settings
    )
    made.weight = nn.Parameter(weight, requires_grad=False)
    made.bias = None if bias is None else nn.Parameter(bias.detach().clone(), requires_grad=False)
    return made
