"""SliceUpsamp: put channels back into pixels, then a depthwise separable convolution (He and Wang 2023)."""

from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_activation, check_odd_kernel, check_positive_integers, check_start
from yolo_slice.blocks.lean_pair import UP
from yolo_slice.blocks.linear_start import start_nearly_linear
from yolo_slice.blocks.separable import separable
from yolo_slice.registry import block


@block(scale=2, paper="https://doi.org/10.3390/app132111657")
class SliceUpsamp(nn.Module):
    """Double the resolution by inverse slicing, then mix depthwise and pointwise (He and Wang 2023, sec. 3).

    (B, c1, H, W) -> (B, c2, 2H, 2W). Each output pixel sees c1/4 channels; nearest upsampling copies all c1 to each.

    Args:
        c1: Input channels, a multiple of 4.
        c2: Output channels; in the paper c2 = c1.
        k: Kernel size of the depthwise convolution, odd.
        act: The last activation, as in SliceSamp. The paper's is GELU; Identity suits weights that are fitted to
            nearest upsampling.
        init: Start values, as in SliceSamp: "linear" makes the first GELU nearly linear and leaves the rest to torch,
            "paper" leaves all to torch.

    Raises:
        ValueError: If c1 is not a positive multiple of 4, c2 is not positive, k is not odd and positive, or act or init
            is none of those that SliceSamp has.

    Example:
        >>> import torch
        >>> SliceUpsamp(16, 16)(torch.zeros(1, 16, 10, 20)).shape
        torch.Size([1, 16, 20, 40])
    """

    def __init__(self, c1: int, c2: int, k: int = 3, act: str = "GELU", init: str = "linear") -> None:
        super().__init__()
        check_positive_integers("SliceUpsamp", c1=c1, c2=c2)
        check_odd_kernel("SliceUpsamp", k)
        check_activation("SliceUpsamp", act)
        check_start("SliceUpsamp", init)
        if c1 % 4:
            raise ValueError(f"SliceUpsamp: c1 must be a multiple of 4, to fill 2 x 2 pixels from channels, not {c1}")
        self.depthwise = Conv(c1 // 4, c1 // 4, k, g=c1 // 4, act=nn.GELU())
        self.pointwise = Conv(c1 // 4, c2, 1, act=getattr(nn, act)())
        if init == "linear":
            start_nearly_linear(self.depthwise)

    def forward(self, x: Tensor) -> Tensor:
        return separable(x, UP, self.depthwise, self.pointwise, keeps_pointwise=False)
