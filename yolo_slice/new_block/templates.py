"""What a new block's file and its test begin with; `<KEY>` is filled in."""

BLOCK = '''"""<NAME>: <WHAT> in my way."""

from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice import block
from yolo_slice.blocks.arguments import check_odd_kernel, check_positive_integers
from yolo_slice.blocks.space_to_depth import <FUNCTION>


@block(scale=<SCALE>, paper="")
class <NAME>(nn.Module):
    """<FIRST>

    (B, c1, H, W) -> (B, c2, <SIZE>).

    Args:
        c1: Input channels.
        c2: Output channels.
        k: Kernel size of the convolution; odd.
    """

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__()
        check_positive_integers("<NAME>", c1=c1, c2=c2)
        check_odd_kernel("<NAME>", k)
        <BUILD>

    def forward(self, x: Tensor) -> Tensor:
        <RETURN>
'''

DOWN = {
    "WHAT": "halve the resolution",
    "FIRST": "Halve the resolution by slicing, then convolve.",
    "FUNCTION": "space_to_depth",
    "SCALE": "0.5",
    "SIZE": "ceil(H/2), ceil(W/2)",
    "BUILD": "self.conv = Conv(4 * c1, c2, k)",
    "RETURN": "return self.conv(space_to_depth(x))  # (B, 4*c1, ceil(H/2), ceil(W/2)) inside",
}

UP = {
    "WHAT": "double the resolution",
    "FIRST": "Double the resolution: convolve, then put four channels into the pixels of one.",
    "FUNCTION": "depth_to_space",
    "SCALE": "2",
    "SIZE": "2H, 2W",
    "BUILD": "self.conv = Conv(c1, 4 * c2, k)",
    "RETURN": "return depth_to_space(self.conv(x))  # (B, 4*c2, H, W) inside",
}

TEST = '''"""<NAME> keeps the contract, and its model file can be built.  pytest <TEST>"""

from pathlib import Path

import pytest

from yolo_slice.testing import contract, load_blocks

HERE = Path(__file__).parent


@contract(load_blocks(HERE / "<FILE>"))
def test_contract(keeps_law):
    """Shape, gradients, dtype, copies, exports, ...: an excuse is written into `@block(excused={law: reason})`."""
    keeps_law()


@pytest.mark.filterwarnings("default")
def test_model_file():
    from ultralytics import YOLO

    model = YOLO(HERE / "<MODEL>").model
    assert "<NAME>" in {type(layer).__name__ for layer in model.model}
    assert model.stride.tolist() == [8, 16, 32]
'''
