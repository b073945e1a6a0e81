"""A residual block of another library whose branch runs on a sampled map; its weights keep their names."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from yolo_slice.blocks.samplers import Sampler


class SampledBlock(nn.Module):
    """Run the steps of a residual block on a sampled map, add the shortcut, and activate.

    (B, C, H, W) -> (B, C, H, W). The block's children become its own, under their names.

    Args:
        block: The block, with an identity for a shortcut.
        branch: Names of its children in the order in which its branch applies them; what it does not have is left out.
        act: Name of the child that is applied to the sum; empty: none is. One that it does not have is a ReLU.
        sampler: What samples.
    """

    def __init__(self, block: nn.Module, branch: Sequence[str], act: str, sampler: Sampler) -> None:
        super().__init__()
        for name, child in block.named_children():
            self.add_module(name, child)
        self.steps, self.last = tuple(name for name in branch if getattr(block, name, None) is not None), act
        if act and not hasattr(self, act):
            self.add_module(act, nn.ReLU())
        self.sampler = sampler
        self.train(block.training)

    def forward(self, x: Tensor) -> Tensor:
        y = x + self.sampler(x, self.run_branch)
        return getattr(self, self.last)(y) if self.last else y

    def run_branch(self, x: Tensor) -> Tensor:
        """Apply the steps of the branch."""
        for name in self.steps:
            x = getattr(self, name)(x)
        return x


torch.serialization.add_safe_globals([SampledBlock])  # checkpoints pickle the class
