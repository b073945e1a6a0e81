"""SliceSamp: slice into channels, then a depthwise separable convolution (He and Wang 2023)."""

from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_activation, check_odd_kernel, check_positive_integers, check_start
from yolo_slice.blocks.lean_pair import DOWN
from yolo_slice.blocks.linear_start import start_as_strided
from yolo_slice.blocks.separable import separable
from yolo_slice.registry import block


@block(scale=0.5, paper="https://doi.org/10.3390/app132111657")
class SliceSamp(nn.Module):
    """Halve the resolution by slicing, then mix depthwise and pointwise (He and Wang 2023, Alg. 1).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); odd sizes are zero-padded right and bottom. Slice order:
    `space_to_depth`.

    The authors' code accepts stride, padding, groups and activation and ignores them; here the first three do not
    exist, and `act` is honoured.

    Args:
        c1: Input channels.
        c2: Output channels.
        k: Kernel size of the depthwise convolution, odd.
        act: The last activation, by its name in torch.nn. The paper's is GELU; SiLU suits weights converted from a
            network that has SiLU after its convolutions.
        init: Start values of the weights. "linear": those of a strided convolution, as nearly as the operator can have
            them, and a nearly linear first GELU. "paper": torch's own, as in the authors' code.

    Raises:
        ValueError: If c1 or c2 is not positive, k is not odd and positive, act is not GELU, SiLU, ReLU or Identity, or
            init is not linear or paper.

    Example:
        >>> import torch
        >>> SliceSamp(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int, k: int = 3, act: str = "GELU", init: str = "linear") -> None:
        super().__init__()
        check_positive_integers("SliceSamp", c1=c1, c2=c2)
        check_odd_kernel("SliceSamp", k)
        check_activation("SliceSamp", act)
        check_start("SliceSamp", init)
        self.depthwise = Conv(4 * c1, 4 * c1, k, g=4 * c1, act=nn.GELU())
        self.pointwise = Conv(4 * c1, c2, 1, act=getattr(nn, act)())
        if init == "linear":
            start_as_strided(self.depthwise, self.pointwise)

    def forward(self, x: Tensor) -> Tensor:
        return separable(x, DOWN, self.depthwise, self.pointwise)
