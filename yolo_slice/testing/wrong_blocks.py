"""A right block, and for each law a block that breaks it: what shows that the laws can fail."""

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.testing.laws import C1, C2


class Right(nn.Module):
    """Halves the resolution lawfully; every wrong block below differs in one thing."""

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__()
        if {type(c1), type(c2), type(k)} != {int} or min(c1, c2, k) < 1 or k % 2 == 0:
            raise ValueError("c1, c2 and k must be right")
        self.conv: nn.Module = Conv(c1, c2, 3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class DoesNotHalve(Right):
    """Makes the size that it was given."""

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.interpolate(self.conv(x), scale_factor=2.0)


class AlwaysFloat(Right):
    """Makes float32 of everything."""

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).float()


class UnusedParameter(Right):
    """Has a weight that does nothing."""

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__(c1, c2, k)
        self.unused = nn.Parameter(torch.ones(1))


class SkipsPixels(Right):
    """Looks at one pixel of four."""

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__(c1, c2, k)
        self.conv = Conv(c1, c2, 1, 2)


class MixesImages(Right):
    """Adds the mean of the batch."""

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x) + x.mean()


class TrustsStrides(Right):
    """Takes every input for a contiguous one."""

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x.as_strided(x.shape, torch.empty(x.shape).stride()))


class ForgetsState(Right):
    """Has a number that its state_dict does not hold."""

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__(c1, c2, k)
        self.gain = torch.rand(1).item()

    def forward(self, x: Tensor) -> Tensor:
        return self.gain * self.conv(x)


class TracesSomethingElse(Right):
    """Computes something else while it is exported."""

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(2 * x if torch.jit.is_tracing() else x)


class ChangesInput(Right):
    """Writes into its input."""

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x.add_(1) if self.training else x)


class Unseeded(Right):
    """Draws its weights from a generator of its own."""

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__(c1, c2, k)
        generator = torch.Generator()
        generator.seed()
        for p in self.parameters():
            nn.init.uniform_(p, generator=generator)


class AcceptsAnything(Right):
    """Does not look at its arguments."""

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__(C1, C2)


class BareBatchNorm(Right):
    """Has a BatchNorm that `fuse()` does not see."""

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__(c1, c2, k)
        self.conv = nn.Sequential(nn.Conv2d(c1, c2, 3, 2, 1), nn.BatchNorm2d(c2), nn.SiLU())


WRONG: dict[str, type[Right]] = {
    "shape": DoesNotHalve,
    "dtype": AlwaysFloat,
    "gradients_reach_every_parameter": UnusedParameter,
    "every_pixel_counts": SkipsPixels,
    "images_do_not_mix": MixesImages,
    "memory_layout_does_not_matter": TrustsStrides,
    "copies_agree": ForgetsState,
    "onnx_agrees": TracesSomethingElse,
    "torch_exports_agree": TracesSomethingElse,
    "input_is_not_changed": ChangesInput,
    "same_seed_same_block": Unseeded,
    "illegal_arguments_are_refused": AcceptsAnything,
    "every_batch_norm_can_be_folded": BareBatchNorm,
}
