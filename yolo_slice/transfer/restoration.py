"""A trained model whose BatchNorms were folded away gets statistics, and can be trained further."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from yolo_slice.integration import log
from yolo_slice.integration.weights.checkpoints import open_checkpoint, save_checkpoint
from yolo_slice.transfer.batchnorms import find_folded, restore_statistics
from yolo_slice.transfer.calibration_images import CalibrationImages
from yolo_slice.transfer.device import torch_device
from yolo_slice.transfer.image_choice import find_images


def restore(network: nn.Module, images: CalibrationImages) -> None:
    """Restore the statistics of folded BatchNorms, if there are any, and say so."""
    if count := len(find_folded(network)):
        restore_statistics(network, images.all())
        log.inform(f"{count} BatchNorms without statistics: restored, without a change of what they compute")


def restore_weights(
    model: str | Path, out: Path, data: str | Path, device: str | None = None, images: int = 96, imgsz: int = 640
) -> bool:
    """Write a checkpoint that computes the same, with BatchNorm statistics measured on images.

    Args:
        model: Checkpoint; it stays as it is.
        out: Checkpoint to write.
        data: Data YAML (its training split), folder or list of images; labels are not needed.
        device: cpu, 0, mps, ...; default: cpu.
        images: How many images to measure on.
        imgsz: Their longer side, pixels.

    Returns:
        Whether there was something to restore; otherwise nothing is written.

    Raises:
        SliceError: If the checkpoint or the images cannot be used.
    """
    source: Any = open_checkpoint(model)
    network = source.model.to(torch_device(device)).float().eval()
    if not find_folded(network):
        return False
    stride = int(max(32, *network.stride.tolist()))
    files = find_images(data, images, 0)
    with torch.no_grad():
        restore(network, CalibrationImages(files, imgsz, stride, next(network.parameters()).device, 0))
    save_checkpoint(source, network.cpu(), {"to": "the same, BatchNorm statistics restored", "from": str(model)}, out)
    return True
