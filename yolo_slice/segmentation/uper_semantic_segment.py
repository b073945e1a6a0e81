"""UPerNet's head for semantic segmentation (Xiao et al. 2018), as Ultralytics' own head is used."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv, SemanticSegment

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.errors import SliceError
from yolo_slice.segmentation.pyramid_pooling import pool_to

POOL_SIZES = (1, 2, 3, 6)
DROPOUT = 0.1
CLASS_MAP_FORMATS = ("onnx", "mnn", "openvino")  # in which Ultralytics exports the class of each pixel
CLASS_MAP_CHIPS = ("engine", "hailo")  # likewise, where its exporter sets `bake_argmax`


class UPerSemanticSegment(SemanticSegment):
    """Predict a class for each pixel from four levels: pyramid pooling, top-down sums, one fusion (Xiao et al. 2018).

    Maps (B, ch[i], H_i, W_i), finest first -> logits (B, nc, H_0, W_0), that is at a quarter of the image's sides. In
    training a pair, the second of an auxiliary head on the last level but one, which Ultralytics' loss weighs by 0.4.

    Exported, the logits are enlarged four times; ONNX, OpenVINO and MNN files yield a class map instead: the number of
    each pixel's class (B, 4 H_0, 4 W_0), uint8 for at most 256 classes; of a single class, whether it is there.

    Args:
        nc: Number of classes.
        channels: Width of the head.
        auxiliary: Width of the auxiliary head.
        ch: Channels of the input maps.

    Raises:
        ValueError: If a number is not positive, or there are fewer than two maps.
        SliceError: If a map is finer than the one before it.

    Example:
        >>> head = UPerSemanticSegment(5, 8, 8, (16, 32)).eval()
        >>> head([torch.zeros(1, 16, 8, 8), torch.zeros(1, 32, 4, 4)]).shape
        torch.Size([1, 5, 8, 8])
    """

    exports_one_size = True  # the windows of its means become constants of the graph

    def __init__(self, nc: int = 150, channels: int = 512, auxiliary: int = 256, ch: Sequence[int] = ()) -> None:
        nn.Module.__init__(self)  # not SemanticSegment's, which builds its own layers
        check_positive_integers("UPerSemanticSegment", nc=nc, channels=channels, auxiliary=auxiliary)
        if len(ch) < 2:
            raise ValueError(f"UPerSemanticSegment: its inputs must be two maps or more, not {len(ch)}")
        self.nc = nc
        self.nl = len(ch)
        self.stride = torch.zeros(self.nl)  # set by Ultralytics, which runs the model to find it
        self.pyramid = nn.ModuleList(_conv(ch[-1], channels, 1) for _ in POOL_SIZES)
        self.context = _conv(ch[-1] + len(POOL_SIZES) * channels, channels, 3)
        self.laterals = nn.ModuleList(_conv(c, channels, 1) for c in ch[:-1])
        self.smooth = nn.ModuleList(_conv(channels, channels, 3) for _ in ch[:-1])
        self.fusion = _conv(len(ch) * channels, channels, 3)
        # The names are Ultralytics': it puts the rows of these two in the order of the class names.
        self.classifier = nn.Sequential(nn.Dropout2d(DROPOUT), nn.Conv2d(channels, nc, 1))
        self.aux_head = nn.Sequential(_conv(ch[-2], auxiliary, 3), nn.Dropout2d(DROPOUT), nn.Conv2d(auxiliary, nc, 1))

    def forward(self, x: list[Tensor]) -> Tensor | tuple[Tensor, Tensor]:
        logits = self.classifier(self._fused(x))
        if self.training:
            return logits, self.aux_head(x[-2])
        return self._exported(logits) if self.export else logits

    def _fused(self, x: list[Tensor]) -> Tensor:
        """Return the map (B, channels, H_0, W_0) that the classes are read from."""
        heights = [_sides(y)[0] for y in x]
        if heights != sorted(heights, reverse=True):
            raise SliceError(
                f"UPerSemanticSegment: its maps must be from fine to coarse, these are of heights {heights}"
            )
        levels = [lateral(y) for lateral, y in zip(self.laterals, x, strict=False)] + [self._context(x[-1])]
        for i in reversed(range(len(levels) - 1)):
            levels[i] = levels[i] + _resize(levels[i + 1], levels[i])
        levels = [*(smooth(y) for smooth, y in zip(self.smooth, levels, strict=False)), levels[-1]]
        return self.fusion(torch.cat([_resize(y, levels[0]) for y in levels], 1))

    def _context(self, x: Tensor) -> Tensor:
        """Put means over the whole map, its halves, thirds and sixths beside the coarsest level."""
        means = [_convolve(conv, pool_to(x, size)) for conv, size in zip(self.pyramid, POOL_SIZES, strict=True)]
        return self.context(torch.cat([x, *(_resize(y, x) for y in means)], 1))

    def _exported(self, logits: Tensor) -> Tensor:
        height, width = _sides(logits)
        logits = F.interpolate(logits, (4 * height, 4 * width), mode="bilinear")
        if not (
            self.format in CLASS_MAP_FORMATS or (self.format in CLASS_MAP_CHIPS and getattr(self, "bake_argmax", False))
        ):
            return logits
        classes = logits.argmax(1) if self.nc > 1 else logits.squeeze(1) > 0
        return classes.to(torch.uint8 if self.nc <= 256 else torch.int32)


def _conv(c1: int, c2: int, k: int) -> Conv:
    return Conv(c1, c2, k, act=nn.ReLU())


def _convolve(conv: nn.Module, x: Tensor) -> Tensor:
    """Apply a convolution; BatchNorm cannot learn from a single value, the mean of the one image of a last batch."""
    if not (conv.training and x[:, 0].numel() == 1):
        return conv(x)
    assert isinstance(conv, Conv)
    bn = conv.bn
    return conv.act(F.batch_norm(conv.conv(x), bn.running_mean, bn.running_var, bn.weight, bn.bias, eps=bn.eps))


def _resize(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, _sides(like), mode="bilinear")


def _sides(x: Tensor) -> tuple[int, int]:
    """Return height and width as numbers, of which an exported graph has constants."""
    return int(x.shape[2]), int(x.shape[3])


torch.serialization.add_safe_globals([UPerSemanticSegment])  # checkpoints pickle the class
