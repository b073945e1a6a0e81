"""HiResCAM (Draelos and Carin, arXiv 2020)."""

import torch
from torch import Tensor

from yolo_slice.cam.method import GradientMethod


class HiResCAM(GradientMethod):
    """Multiply each activation by its own gradient, place by place, and sum over the channels.

    L = ReLU(sum_k dy/dA_k * A_k).

    Example:
        >>> activations = torch.tensor([[[[1.0, 2.0]], [[3.0, 0.0]]]])
        >>> gradients = torch.tensor([[[[1.0, 3.0]], [[-1.0, -1.0]]]])
        >>> HiResCAM().map(activations, gradients)
        tensor([[[0., 6.]]])
    """

    name = "HiResCAM"

    def map(self, activations: Tensor, gradients: Tensor) -> Tensor:
        return torch.relu((gradients * activations).sum(1))
