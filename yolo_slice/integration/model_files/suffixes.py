"""What the suffix of a model name swaps its rows for: one word for each direction, down, up and level."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from yolo_slice.block_list import list_blocks, list_outside_blocks
from yolo_slice.integration.model_files.resolution_rows import Direction
from yolo_slice.integration.model_files.rows import Row

# Suffixes that ship as files -> blocks for the strided convolutions and for the nearest upsamplings
SUFFIXES: dict[str, tuple[str | None, str | None]] = {
    "slice": ("SliceSamp", "SliceUpsamp"),
    "slicesamp": ("SliceSamp", None),
    "spd": ("SPDConv", None),
}


@dataclass(frozen=True, slots=True)
class Swap:
    """What rows are swapped for.

    Attributes:
        direction: The rows that it takes the place of.
        module: Its name in model files.
        args: Its arguments, after the output channels if its row names them.
        names_channels: Whether its row names the output channels; a block of ours without arguments keeps its input's.
        text: What it is; a block of ours says so itself.
        paper: Address of the publication, if there is one.
    """

    direction: Direction
    module: str
    args: tuple[Any, ...] = ()
    names_channels: bool = True
    text: str = ""
    paper: str = ""

    def row(self, old: Row, channels: Any) -> Row:
        """Write the row that takes the place of another; one that stays level keeps its arguments."""
        source, repeats, name, args = old
        if self.direction == "level":
            return [source, repeats, f"{name}{self.module}", args]
        return [source, repeats, self.module, [channels, *self.args] if self.names_channels else [*self.args]]


# Stock layers to compare with, and short names
ROWS: Mapping[str, Swap] = {
    "spd": Swap("down", "SPDConv"),
    "adown": Swap("down", "ADown", text="YOLOv9's two pooled branches", paper="https://arxiv.org/abs/2402.13616"),
    "k2s2": Swap("down", "Conv", (2, 2, 0), text="Convolve 2x2 with stride 2, which is what Slicing and HWD are"),
    "maxpool": Swap("down", "MaxPoolConv", (True,), text="Pool 2x2, then a 1x1 Conv with BatchNorm and SiLU"),
    "scdown": Swap(
        "down",
        "SCDown",
        (3, 2),
        text="YOLOv10's 1x1 and strided depthwise 3x3",
        paper="https://arxiv.org/abs/2405.14458",
    ),
    "bilinear": Swap("up", "nn.Upsample", (None, 2, "bilinear"), False, "Interpolate bilinearly, without weights"),
    "convtranspose": Swap("up", "nn.ConvTranspose2d", (2, 2), text="Convolve transposed, 2x2 with stride 2"),
    "pixelshuffle": Swap("up", "PixelShuffleUp", names_channels=False),
    "ssb": Swap(
        "level",
        "SSB",
        names_channels=False,
        text="Sample the backbone's bottlenecks by saliency: C2fSSB, C3SSB, C3k2SSB",
        paper="https://arxiv.org/abs/2207.11511",
    ),
}


def words() -> Iterator[tuple[str, Swap]]:
    """Yield the words that a suffix is made of: names of the rows above, and of blocks that halve or double."""
    yield from ROWS.items()
    for block in (*list_blocks(), *list_outside_blocks()):
        if block.name.lower() not in ROWS and not block.quadruples and block.scale in (0.5, 2):
            yield block.name.lower(), block_swap(block.name, block.scale)


def block_swap(name: str, scale: float) -> Swap:
    """Say what rows become that are swapped for a block that scales height and width so."""
    is_down = scale < 1
    return Swap("down" if is_down else "up", name, names_channels=is_down)


def split_stem(stem: str) -> tuple[str, str]:
    """Split a model's name into that of the model derived from, and the suffix; none leaves it whole.

    Example:
        >>> split_stem("yolov8n-hwd-dysample"), split_stem("yolov8n-hwd-adown"), split_stem("yolov8n-seg")
        (('yolov8n', 'hwd-dysample'), ('yolov8n-hwd', 'adown'), ('yolov8n-seg', ''))
    """
    base, _, last = stem.rpartition("-")
    if base and last == "slice":  # both directions
        return base, last
    known = dict(words()) if base else {}
    taken: dict[Direction, str] = {}
    while base and last in known and known[last].direction not in taken:
        taken[known[last].direction] = last
        stem = base
        base, _, last = stem.rpartition("-")
    return stem, "-".join(reversed(taken.values()))


def swaps_of(suffix: str) -> dict[Direction, Swap]:
    """Return what a suffix swaps rows for, in each direction.

    Example:
        >>> swaps = swaps_of("hwd-dysample")
        >>> swaps["down"].module, swaps["up"].module
        ('HWD', 'DySample')
    """
    known = dict(words())
    names = [name.lower() for name in SUFFIXES[suffix] if name] if suffix in SUFFIXES else suffix.split("-")
    found = [known[name] for name in names if name]
    return {swap.direction: swap for swap in found}
