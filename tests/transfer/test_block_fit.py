"""What a block is fitted to."""

import copy
from pathlib import Path

import torch
from small_detector import STRIDED, UPSAMPLE
from torch import nn
from ultralytics import YOLO

from yolo_slice.blocks.space_to_depth import depth_to_space, space_to_depth
from yolo_slice.integration.inference.layer_run import layer_input
from yolo_slice.transfer.block_fit import strided_pair, upsampling_pair


@torch.no_grad()
def test_inputs_are_the_students_and_targets_the_teachers(checkpoint: Path) -> None:
    teacher = YOLO(checkpoint).model.float().eval()
    student = copy.deepcopy(teacher)
    nn.init.normal_(student.model[0].conv.weight)
    x = torch.rand(1, 3, 64, 96)
    seen = []
    index = STRIDED[1]
    teacher.model[index].bn.register_forward_hook(lambda _, __, out: seen.append(out.clone()))
    teacher(x)
    given, wanted = strided_pair(student, teacher, index, 1.702)(x)
    assert torch.equal(given, space_to_depth(layer_input(student, x, index)))
    assert not torch.equal(given, space_to_depth(layer_input(teacher, x, index)))
    assert torch.allclose(wanted * 1.702, seen[0], atol=1e-6)
    given, wanted = upsampling_pair(student, teacher, UPSAMPLE)(x)
    assert torch.equal(given, depth_to_space(layer_input(student, x, UPSAMPLE)))
    assert torch.equal(wanted, teacher.model[UPSAMPLE](layer_input(teacher, x, UPSAMPLE)))
