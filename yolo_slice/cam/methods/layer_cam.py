"""LayerCAM (Jiang et al., IEEE Transactions on Image Processing 2021)."""

import torch
from torch import Tensor

from yolo_slice.cam.method import GradientMethod


class LayerCAM(GradientMethod):
    """Multiply each activation by the positive part of its own gradient, and sum over the channels.

    L = ReLU(sum_k ReLU(dy/dA_k) * A_k).

    Example:
        >>> activations = torch.tensor([[[[1.0, 2.0]], [[3.0, 0.0]]]])
        >>> gradients = torch.tensor([[[[1.0, 3.0]], [[-1.0, -1.0]]]])
        >>> LayerCAM().map(activations, gradients)
        tensor([[[1., 6.]]])
    """

    name = "LayerCAM"

    def map(self, activations: Tensor, gradients: Tensor) -> Tensor:
        return torch.relu((torch.relu(gradients) * activations).sum(1))
