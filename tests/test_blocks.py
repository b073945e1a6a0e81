"""The contract, kept by every registered block."""

from collections.abc import Callable

from yolo_slice.blocks import BLOCKS
from yolo_slice.testing import contract


@contract(BLOCKS)
def test_block_keeps_law(keeps_law: Callable[[], None]) -> None:
    keeps_law()
