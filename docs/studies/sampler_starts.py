"""Make the checkpoints that the studies of docs/which-one.md start from: one trained model with other samplers in it.

python docs/studies/sampler_starts.py yolov8n.pt start hwd drfd dysample

What a block can hold of the trained weights it gets, the rest of it starts untrained. A study gives BatchNorms without
statistics new ones that keep what the model computes. An untrained block computes nothing worth keeping: its BatchNorms
are marked as not empty here. The up-samplers that start as nearest upsampling keep that.
"""

import sys
from pathlib import Path

from ultralytics import YOLO

from yolo_slice.blocks.nearest_start import NearestStart
from yolo_slice.transfer.batchnorms import find_folded

BASE = "yolov8n"


def make_start(weights: str, folder: Path, suffix: str) -> Path:
    """Load trained weights into yolov8n with a suffix, and save that as a checkpoint."""
    name = f"{BASE}-{suffix}"
    model = YOLO(f"{name}.yaml")
    model.load(weights)
    if not any(isinstance(module, NearestStart) for module in model.model.modules()):
        for bn in find_folded(model.model):
            bn.running_mean.fill_(1e-3)  # checkpoints are in half precision: less would be 0 again
    model.save(folder / f"{name}.pt")
    return folder / f"{name}.pt"


if __name__ == "__main__":
    given, out, *words = sys.argv[1:]
    Path(out).mkdir(parents=True, exist_ok=True)
    for word in words:
        print(make_start(given, Path(out), word))
