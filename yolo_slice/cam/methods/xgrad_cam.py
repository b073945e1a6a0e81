"""XGrad-CAM (Fu et al., BMVC 2020)."""

import torch
from torch import Tensor

from yolo_slice.cam.method import GradientMethod


class XGradCAM(GradientMethod):
    """Weigh each channel by its gradients, which are weighted by its activations.

    L = ReLU(sum_k alpha_k A_k), alpha_k = sum_ij (A_kij / sum_ab A_kab) dy/dA_kij. The paper's layers end in a ReLU;
    here activations may be negative, and a channel where they cancel to a millionth of their size gets alpha_k = 0.

    Example:
        >>> activations = torch.tensor([[[[1.0, 3.0]]]])
        >>> gradients = torch.tensor([[[[2.0, 4.0]]]])  # alpha = 2 / 4 + 4 * 3 / 4
        >>> XGradCAM().map(activations, gradients)
        tensor([[[ 3.5000, 10.5000]]])
    """

    name = "XGrad-CAM"

    def map(self, activations: Tensor, gradients: Tensor) -> Tensor:
        total = activations.sum((2, 3), keepdim=True)
        size = activations.abs().sum((2, 3), keepdim=True)
        explained = (activations * gradients).sum((2, 3), keepdim=True)
        alpha = torch.where(total.abs() > 1e-6 * size, explained / total, 0.0)
        return torch.relu((alpha * activations).sum(1))
