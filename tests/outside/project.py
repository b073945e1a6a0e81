"""A project of three files: a block, a model file that names its file, and data."""

from pathlib import Path

BLOCK = '''"""My blocks."""

from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice import block
from yolo_slice.blocks.arguments import check_odd_kernel, check_positive_integers
from yolo_slice.blocks.space_to_depth import space_to_depth


class Inner(nn.Module):
    """A class that is no block of its own, and that checkpoints hold, too."""

    def __init__(self, c1: int, c2: int, k: int) -> None:
        super().__init__()
        self.conv = Conv(c1, c2, k)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


@block(scale=0.5)
class MyDown(nn.Module):
    """Halve the resolution in my way."""

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__()
        check_positive_integers("MyDown", c1=c1, c2=c2)
        check_odd_kernel("MyDown", k)
        self.inner = Inner(4 * c1, c2, k)

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(space_to_depth(x))
'''
MODEL = """nc: 1
scales: {n: [0.33, 0.0625, 1024]}
blocks: my_down.py
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 1, MyDown, [128]]
  - [-1, 1, MyDown, [256]]
  - [-1, 1, MyDown, [256, 1]]
  - [-1, 1, MyDown, []]
head:
  - [[2, 3, 4], 1, Detect, [nc]]
"""


def make_project(folder: Path, model: str = MODEL, block: str = BLOCK) -> Path:
    """Write the block and the model file; return the latter, which is opened as yolov8n-mine.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "my_down.py").write_text(block)
    (folder / "yolov8-mine.yaml").write_text(model)
    return folder / "yolov8n-mine.yaml"
