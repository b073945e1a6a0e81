"""The loss of `AnchorDetect`, under the name that checkpoints of interrupted trainings may have for it."""

from yolo_slice.integration.hooks.anchor_criterion import AnchorCriterion

__all__ = ["AnchorCriterion"]
