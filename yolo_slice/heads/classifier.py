"""The classification head of ResNet."""

from torch import nn
from torch.serialization import add_safe_globals
from ultralytics.nn.modules import Classify

from yolo_slice.blocks.arguments import check_positive_integers


class Classifier(Classify):
    """Classify by the mean of each channel and one linear layer, as ResNet does (He et al. 2016).

    (B, c1, H, W) -> logits (B, nc) in training; in eval mode their softmax, with the logits beside it unless exported.
    Ultralytics' `Classify` without its convolution to 1280 channels.

    Args:
        c1: Input channels.
        nc: Number of classes.

    Raises:
        ValueError: If c1 or nc is not positive.

    Example:
        >>> import torch
        >>> Classifier(8, 10)(torch.zeros(2, 8, 7, 7)).shape
        torch.Size([2, 10])
    """

    def __init__(self, c1: int, nc: int) -> None:
        nn.Module.__init__(self)  # not Classify's, which builds its convolution
        check_positive_integers("Classifier", c1=c1, nc=nc)
        self.conv = nn.Identity()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.drop = nn.Dropout(0.0, inplace=True)  # Ultralytics' `dropout=` sets it
        self.linear = nn.Linear(c1, nc)


add_safe_globals([Classifier])  # checkpoints pickle the class
