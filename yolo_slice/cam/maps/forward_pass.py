"""One run of a model over a batch: the activations to look at, and the scores that they lead to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.class_scores import ClassScores, reader_of
from yolo_slice.integration.inference.layer_run import layers_of, run_to_head


@dataclass(frozen=True, slots=True)
class ForwardPass:
    """What a run gives.

    Args:
        activations: Index of a layer -> its output, (B, K, h, w).
        scores: Class logits at every anchor, differentiable with respect to the activations if that was asked for.
    """

    activations: dict[int, Tensor]
    scores: ClassScores


def run(model: nn.Module, images: Tensor, layers: tuple[int, ...] = (), with_gradients: bool = False) -> ForwardPass:
    """Run a frozen model over a batch.

    The graph begins at the first of the layers: what comes before costs no more than a prediction.

    Args:
        model: From `snapshot`.
        images: (B, 3, H, W).
        layers: Layers whose outputs to keep.
        with_gradients: Whether the scores will be differentiated.
    """
    kept: dict[int, Tensor] = {}
    with torch.set_grad_enabled(with_gradients):
        features = run_to_head(model, images, _keeper(kept, layers, with_gradients))
        head = layers_of(model)[-1]
        height, width = images.shape[-2:]
        return ForwardPass(kept, reader_of(head)(head, features, (height, width)))


def _keeper(kept: dict[int, Tensor], layers: tuple[int, ...], with_gradients: bool) -> Callable[[int, Any], Any]:
    def watch(index: int, output: Any) -> Any:
        if index not in layers:
            return output
        if not isinstance(output, Tensor) or output.dim() != 4:
            raise SliceError(f"layer {index}: its output is not a feature map (B, K, h, w); choose another layer")
        kept[index] = output if output.requires_grad else output.detach().requires_grad_(with_gradients)
        return kept[index].clone()  # a later layer that works in place must not overwrite what was kept

    return watch
