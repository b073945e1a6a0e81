"""Grad-CAM (Selvaraju et al., ICCV 2017), equations 1 and 2."""

import torch
from torch import Tensor

from yolo_slice.cam.method import GradientMethod


class GradCAM(GradientMethod):
    """Weigh each channel by its mean gradient.

    L = ReLU(sum_k alpha_k A_k), alpha_k = mean_ij dy/dA_kij.

    Example:
        >>> activations = torch.tensor([[[[1.0, 2.0]], [[3.0, 0.0]]]])  # (1, 2 channels, 1, 2)
        >>> gradients = torch.tensor([[[[1.0, 3.0]], [[-1.0, -1.0]]]])  # alpha = 2, -1
        >>> GradCAM().map(activations, gradients)
        tensor([[[0., 4.]]])
    """

    name = "Grad-CAM"

    def map(self, activations: Tensor, gradients: Tensor) -> Tensor:
        alpha = gradients.mean((2, 3), keepdim=True)
        return torch.relu((alpha * activations).sum(1))
