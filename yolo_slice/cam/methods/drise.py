"""D-RISE (Petsiuk et al., CVPR 2021)."""

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.cam.method import PredictionMethod
from yolo_slice.integration.inference.prediction import Predicted
from yolo_slice.overlap import overlap

CELLS = 16  # of a mask's side, and the share of them that is seen: both as in the paper
SEEN = 0.5


class DRISE(PredictionMethod):
    """Weigh random masks by how much of the detections is left under them: exported files, too, and slow.

    H = 1/N sum_i (w_i - mean w) M_i, w_i = max_j IoU(t, j) cos(P_t, P_j) O_j over what is found under mask i. The
    paper's sum has w_i where here is its difference to the mean: that takes away 1/2 mean w, the same everywhere,
    and most of the noise. In expectation H is the covariance of the weight with whether a place is seen.

    Example:
        >>> masks = [np.array([[1.0, 0.0]], np.float32), np.array([[0.0, 1.0]], np.float32)]
        >>> DRISE(masks=2).map(np.array([[0.8, 0.2]]), masks).round(3).tolist()
        [[[0.15, -0.15]]]
    """

    name = "D-RISE"

    def masks(self, hw: tuple[int, int]) -> Iterator[NDArray[np.float32]]:
        rng = np.random.default_rng(self.seed)
        cell = [-(-side // CELLS) for side in hw]
        enlarged = [side * (CELLS + 1) for side in cell]
        for _ in range(self.count):
            grid = (rng.random((CELLS, CELLS)) < SEEN).astype(np.float32)
            top, left = (int(rng.integers(side)) for side in cell)
            smooth = np.asarray(cv2.resize(grid, enlarged[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
            yield smooth[top : top + hw[0], left : left + hw[1]]

    def weights(self, targets: Predicted, seen: Predicted) -> NDArray[np.float64]:
        shared = overlap(targets.xyxy[:, None], seen.xyxy)
        alike = _unit(targets.class_scores) @ _unit(seen.class_scores).T
        return (shared * alike * seen.objectness).max(axis=1, initial=0.0)

    def map(self, weights: NDArray[np.float64], masks: Iterable[NDArray[np.float32]]) -> NDArray[np.float64]:
        centred = weights - weights.mean(1, keepdims=True)
        return sum(own[:, None, None] * mask for own, mask in zip(centred.T, masks, strict=True)) / weights.shape[1]


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide vectors (n, nc) by their length; zeros stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
