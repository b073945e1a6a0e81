"""The settings of a conversion."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Form = Literal["spd", "spd2x2", "slicesamp", "slice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to convert.

    Attributes:
        to: What strided convolutions become: spd (3x3 kernels after the slicing) and spd2x2 (the smallest kernels) are
            exact; slicesamp is fitted on images; slice fits SliceUpsamp, too, and loses much: a start for training, not
            a model to use.
        rows: Layers to change; default: every strided convolution after the stem, and every upsampling for slice.
        stem: Change layer 0, too.
        act: Last activation of SliceSamp: GELU as in the paper (the next layer's weights absorb the factor by which it
            differs from SiLU), or SiLU.
        images: How many images to calibrate on.
        steps: Gradient steps after the closed-form fit of a block, on it and the layers after it, up to the next one
            to be changed; 0 for none.
        rounds: Rounds of alternating least squares.
        distil: Gradient steps on all layers together, but for the head, at the end; 0 for none.
        imgsz: Longer side of the calibration images, pixels.
        seed: Decides which images are chosen.
    """

    to: Form
    rows: tuple[int, ...] | None = None
    stem: bool = False
    act: Literal["GELU", "SiLU"] = "GELU"
    images: int = 96
    steps: int = 150
    rounds: int = 10
    distil: int = 300
    imgsz: int = 640
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertSettings(Recipe):
    """Turn a trained model into a slice model without starting over.

    Attributes:
        model: Checkpoint to convert; it stays as it is.
        data: Images to calibrate on, labels not needed: data YAML (its training split), folder, or list of files.
        out: Checkpoint to write; default: MODEL-TO.pt here. An interrupted conversion goes on when called again.
        val: Validate before and after, if data= is a data YAML.
        device: cpu, 0, mps, ...; default: cpu.
    """

    model: str
    to: Form
    data: str | None = None
    out: Path | None = None
    val: bool = True
    device: str | None = None
