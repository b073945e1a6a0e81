"""Checkpoints hold the blocks and the modules inside of them: torch's safe loading must know all of these classes."""

import pytest
import torch

from yolo_slice.blocks import BLOCKS


@pytest.mark.parametrize("name", BLOCKS)
def test_every_class_of_ours_inside_a_block_is_known_to_safe_loading(name: str) -> None:
    block = BLOCKS[name].cls(8, 32)
    ours = {type(m) for m in block.modules() if type(m).__module__.startswith("yolo_slice")}
    assert type(block) in ours
    assert ours <= set(torch.serialization.get_safe_globals())
