"""Make the checkpoints that the studies of docs/which-one.md start from: one trained model with other samplers in it.

python docs/studies/sampler_starts.py yolov8n.pt start hwd drfd dysample

What a block can hold of the trained weights it gets, the rest of it starts untrained. A study gives BatchNorms without
statistics new ones that keep what the model computes; in an untrained block there is nothing to keep, so that its
BatchNorms are marked as not empty here.
"""

import sys
from pathlib import Path

from ultralytics import YOLO

from yolo_slice.registry import BLOCKS
from yolo_slice.transfer.batchnorms import find_folded

BASE = "yolov8n"


def make_start(weights: str, folder: Path, suffix: str) -> Path:
    """Load trained weights into yolov8n with a suffix, and save that as a checkpoint."""
    name = f"{BASE}-{suffix}"
    model = YOLO(f"{name}.yaml")
    model.load(weights)
    is_up = any(type(m).__name__ in BLOCKS and BLOCKS[type(m).__name__].scale == 2 for m in model.model.modules())
    for bn in () if is_up else find_folded(model.model):
        bn.running_mean.fill_(1e-9)
    model.save(folder / f"{name}.pt")
    return folder / f"{name}.pt"


if __name__ == "__main__":
    given, out, *words = sys.argv[1:]
    Path(out).mkdir(parents=True, exist_ok=True)
    for word in words:
        print(make_start(given, Path(out), word))
