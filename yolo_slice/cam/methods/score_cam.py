"""Score-CAM (Wang et al., CVPR Workshops 2020), algorithm 1."""

import torch
from torch import Tensor

from yolo_slice.cam.method import MaskingMethod


class ScoreCAM(MaskingMethod):
    """Weigh each channel by the score of the image seen through it: no gradient, and slow.

    L = ReLU(sum_k alpha_k A_k), alpha = softmax(S). S_k is the target's mean logit when the image is multiplied by
    channel k, enlarged and scaled to [0, 1]; the mean, not the sum, so that the softmax does not sharpen with the
    number of anchors. The paper's baseline image shifts every S_k alike, which the softmax does not see.

    Example:
        >>> activations = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]])
        >>> ScoreCAM().map(activations, torch.tensor([0.0, 1.0]))
        tensor([[0.2689, 0.7311]])
    """

    name = "Score-CAM"

    def map(self, activations: Tensor, scores: Tensor) -> Tensor:
        alpha = scores.softmax(0)
        return torch.relu((alpha[:, None, None] * activations).sum(0))
