"""A checkpoint whose BatchNorms were folded away gets statistics, and computes the same."""

from pathlib import Path

import torch
from torch import nn
from ultralytics import YOLO

from yolo_slice.transfer.batchnorms import find_folded
from yolo_slice.transfer.restoration import restore_weights


def fold(source: Path, file: Path) -> Path:
    """Write a checkpoint without statistics."""
    yolo = YOLO(source)
    for module in yolo.model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.zero_()
            module.running_var.fill_(1)
    yolo.save(file)
    return file


def outputs(file: Path) -> torch.Tensor:
    with torch.no_grad():
        return YOLO(file).model.float().eval()(torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)))[0]


def test_it_computes_the_same_with_statistics(checkpoint: Path, pictures: Path, tmp_path: Path) -> None:
    folded, out = fold(checkpoint, tmp_path / "folded.pt"), tmp_path / "out.pt"
    assert restore_weights(folded, out, pictures, imgsz=64)
    assert len(find_folded(YOLO(folded).model)) > 0
    assert find_folded(YOLO(out).model) == []
    wanted = outputs(folded)
    assert torch.allclose(outputs(out), wanted, atol=1e-3 * float(wanted.abs().max()))


def test_what_has_statistics_is_left_alone(checkpoint: Path, pictures: Path, tmp_path: Path) -> None:
    assert not restore_weights(checkpoint, tmp_path / "out.pt", pictures, imgsz=64)
    assert list(tmp_path.iterdir()) == []
