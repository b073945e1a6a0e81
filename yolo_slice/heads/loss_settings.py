"""The numbers of the anchor-based head's loss."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LossSettings:
    """The numbers of the loss; the defaults are release 5.0's, for training from scratch on COCO.

    Attributes:
        box: Gain of the boxes' loss.
        obj: Gain of the objectness loss for images of 640 px; it grows with the number of cells.
        cls: Gain of the classes' loss for 80 classes; it grows with the number of classes.
        anchor_t: Longest ratio between a side of an object and of an anchor that fits it.
    """

    box: float = 0.05
    obj: float = 1.0
    cls: float = 0.5
    anchor_t: float = 4.0
