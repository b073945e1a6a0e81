"""Up-samplers that can start as nearest upsampling, so that trained weights around them lose nothing."""

import torch
from torch import nn


class NearestStart(nn.Module):
    """A block that doubles the resolution and has weights with which it copies every pixel to a 2x2 cell.

    Attributes:
        keeps_channels: Whether c1 == c2; else there are no such weights.
    """

    keeps_channels: bool

    @torch.no_grad()
    def start_as_nearest(self) -> None:
        """Set the weights so that the block computes nearest upsampling, when it evaluates; all of them can learn.

        Raises:
            ValueError: If the block changes the number of channels.
        """
        if not self.keeps_channels:
            raise ValueError(f"{type(self).__name__}: nearest upsampling keeps the channels, so c1 must be c2")
        self.write_nearest()

    def write_nearest(self) -> None:
        """Write those weights; gradients are off."""
        raise NotImplementedError
