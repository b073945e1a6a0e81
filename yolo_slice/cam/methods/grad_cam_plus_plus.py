"""Grad-CAM++ (Chattopadhay et al., WACV 2018), equations 5 and 19."""

import torch
from torch import Tensor

from yolo_slice.cam.method import GradientMethod


class GradCAMPlusPlus(GradientMethod):
    """Weigh each channel by its positive gradients, so that several objects count alike.

    L = ReLU(sum_k w_k A_k), w_k = sum_ij alpha_kij ReLU(g_kij),
    alpha_kij = g_kij^2 / (2 g_kij^2 + sum_ab A_kab g_kij^3), g = dy/dA.
    The paper's Y = exp(y) multiplies every w_k by exp(y), which no normalised map shows; it is left out.

    Example:
        >>> activations = torch.tensor([[[[1.0, 2.0]]]])
        >>> gradients = torch.tensor([[[[1.0, 0.0]]]])  # alpha = 1 / (2 + 3), 0; w = 1 / 5
        >>> GradCAMPlusPlus().map(activations, gradients)
        tensor([[[0.2000, 0.4000]]])
    """

    name = "Grad-CAM++"

    def map(self, activations: Tensor, gradients: Tensor) -> Tensor:
        squared = gradients**2
        below = 2 * squared + activations.sum((2, 3), keepdim=True) * gradients**3
        alpha = torch.where(below != 0, squared / below, 0.0)
        weights = (alpha * torch.relu(gradients)).sum((2, 3), keepdim=True)
        return torch.relu((weights * activations).sum(1))
