"""What a model name's suffix can swap rows for, with what it costs yolov8n: one list of blocks and stock layers.

Measuring builds a model for each; what was measured is shipped as a table.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.block_list import ListedBlock, list_blocks, list_outside_blocks
from yolo_slice.integration.log import progress
from yolo_slice.integration.model_files.building import build_named, summary_gflops
from yolo_slice.integration.model_files.suffixes import Swap, words

TABLE = Path(__file__).with_name("swap_sizes.csv")
TIMES = Path(__file__).with_name("swap_times.csv")
BASE = "yolov8n"
STOCK = {
    "down": Swap("down", "Conv", text="Convolve 3x3 with stride 2"),
    "up": Swap("up", "nn.Upsample", text="Copy each pixel to a cell of 2x2"),
}


@dataclass(frozen=True, slots=True)
class SwapSize:
    """What yolov8n costs with all rows of a direction swapped: 80 classes, before fusing.

    Attributes:
        word: The suffix; that of the stock model is empty.
        params: Number of parameters.
        gflops: Of one image of 640 x 640 pixels, as Ultralytics counts.
    """

    word: str
    params: int
    gflops: float


@dataclass(frozen=True, slots=True)
class SwapTime:
    """The time that yolov8n takes with all rows of a direction swapped, over that of the stock model.

    Attributes:
        word: The suffix.
        runtime: What ran the exported model, on a CPU.
        ratio: Median.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    word: str
    runtime: str
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ListedSwap:
    """A suffix with what it stands for.

    Attributes:
        suffix: The word after the model's name; that of the stock model is empty.
        module: Name of the layer in model files.
        text: What it does.
        paper: Address of the publication; empty for stock layers without one.
        params: Parameters of yolov8n with it; None if they were not counted, as those of a user's own blocks.
        gflops: Likewise, of one image of 640 x 640 pixels.
        times: By runtime, its time over the stock model's, where it was measured.
    """

    suffix: str
    module: str
    text: str
    paper: str
    params: int | None
    gflops: float | None
    times: Mapping[str, float]


def listed_swaps(kind: str) -> list[ListedSwap]:
    """List what rows of a direction, down or up, can be swapped for: the stock row, then the smallest model first."""
    sizes, times = {size.word: size for size in listed_sizes()}, listed_times()
    blocks = {block.name: block for block in (*list_blocks(), *list_outside_blocks())}
    chosen = [("", STOCK[kind]), *((word, swap) for word, swap in words() if swap.direction == kind)]
    swaps = [_listed(word, swap, blocks.get(swap.module), sizes.get(word), times) for word, swap in chosen]
    return sorted(swaps, key=lambda swap: (swap.suffix != "", swap.params or float("inf"), swap.suffix))


def swap_table(kind: str) -> str:
    """Write them as a Markdown table."""
    swaps = listed_swaps(kind)
    runtimes = list(dict.fromkeys(time.runtime for time in listed_times()))
    rows = [
        [
            f"`-{swap.suffix}`" if swap.suffix else "(stock)",
            swap.text,
            f"{swap.params / 1e6:.3f} M / {swap.gflops:.2f}" if swap.params else "not counted",
            *(f"{swap.times[runtime]:.2f}" if runtime in swap.times else "" for runtime in runtimes),
            f"[paper]({swap.paper})" if swap.paper else "stock layers",
        ]
        for swap in swaps
    ]
    head = ["suffix", "what it does", f"{BASE} with it", *(f"time, {runtime}" for runtime in runtimes), "source"]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join([lines[0], f"|{'---|' * len(head)}", *lines[1:]])


def _listed(
    word: str, swap: Swap, block: ListedBlock | None, size: SwapSize | None, times: Iterable[SwapTime]
) -> ListedSwap:
    text, paper = swap.text or (block.text if block else ""), swap.paper or (block.paper if block else "")
    of_word = {time.runtime: time.ratio for time in times if time.word == word}
    return ListedSwap(word, swap.module, text, paper, size and size.params, size and size.gflops, of_word)


def listed_times() -> list[SwapTime]:
    """Read the shipped table of times."""
    with TIMES.open(encoding="utf-8", newline="") as file:
        return [
            SwapTime(row["word"], row["runtime"], *(float(row[key]) for key in ("ratio", "low", "high")))
            for row in csv.DictReader(file)
        ]


def write_times(times: Iterable[SwapTime]) -> Path:
    """Write the shipped table of times of the checkout anew; return it."""
    numbers = ([time.word, time.runtime, *(f"{n:.6f}" for n in (time.ratio, time.low, time.high))] for time in times)
    return _write_csv(TIMES, ["word", "runtime", "ratio", "low", "high"], numbers)


def listed_sizes() -> list[SwapSize]:
    """Read the shipped table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [SwapSize(row["word"], int(row["params"]), float(row["gflops"])) for row in csv.DictReader(file)]


def write_sizes(sizes: Iterable[SwapSize]) -> Path:
    """Write the shipped table of the checkout anew; return it."""
    return _write_csv(TABLE, ["word", "params", "gflops"], ([s.word, s.params, round(s.gflops, 6)] for s in sizes))


def _write_csv(file: Path, head: Sequence[str], lines: Iterable[Sequence[object]]) -> Path:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *lines])
    write_whole(file, text.getvalue())
    return file


def measure_sizes() -> Iterator[SwapSize]:
    """Build the stock model and one for every word, with a progress bar."""
    for word in progress(["", *dict(words())], "building models"):
        yield measure_size(word)


def measure_size(word: str) -> SwapSize:
    """Build yolov8n with a suffix, and count."""
    model = build_named(f"{BASE}-{word}" if word else BASE)
    return SwapSize(word, sum(p.numel() for p in model.parameters()), summary_gflops(model))
