"""LayerCAM (Jiang et al., IEEE Transactions on Image Processing 2021)."""

import torch
from torch import Tensor

from yolo_slice.cam.methods.kinds import GradientMethod


class LayerCAM(GradientMethod):
    """Weigh each activation by its own gradient where that is positive: L = ReLU(sum_k ReLU(dy/dA_k) * A_k).

    Example:
        >>> activations = torch.tensor([[[[1.0, 2.0]], [[3.0, 0.0]]]])
        >>> gradients = torch.tensor([[[[1.0, 3.0]], [[-1.0, -1.0]]]])
        >>> LayerCAM().map(activations, gradients)
        tensor([[[1., 6.]]])
    """

    name = "LayerCAM"

    def map(self, activations: Tensor, gradients: Tensor) -> Tensor:
        return torch.relu((torch.relu(gradients) * activations).sum(1))
