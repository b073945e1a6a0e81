"""Eigen-CAM (Muhammad and Yeasin, IJCNN 2020)."""

import torch
from torch import Tensor

from yolo_slice.cam.method import ActivationMethod


class EigenCAM(ActivationMethod):
    """Project the activations onto their first principal component: no gradient, and no class.

    L = A v_1, A = U S V^T of shape (h w, K). It shows what the layer sees, whatever the target. An eigenvector has no
    sign of its own: the sign that makes the sum of the map positive is taken, and what is still negative is cut to 0.

    Example:
        >>> EigenCAM().map(torch.tensor([[[[-1.0, 3.0]], [[-1.0, 3.0]]]]))  # v_1 = (1, 1) / sqrt(2)
        tensor([[[0.0000, 4.2426]]])
    """

    name = "Eigen-CAM"

    def map(self, activations: Tensor) -> Tensor:
        columns = activations.flatten(2)  # (B, K, hw) = A^T
        first = torch.linalg.eigh(columns @ columns.mT).eigenvectors[..., -1]  # (B, K): of A^T A, the largest last
        projected = torch.einsum("bk,bkhw->bhw", first, activations)
        sign = torch.where(projected.sum((1, 2), keepdim=True) < 0, -1.0, 1.0)
        return torch.relu(sign * projected)
