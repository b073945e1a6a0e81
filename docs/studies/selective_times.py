"""Time of a selective stage alone, by points and on the map: `python docs/studies/selective_times.py`.

A map of 64 x 64, 128 channels, six blocks, BatchNorm folded, random masks, CPU time of one thread. In each of nine
rounds every variant runs once, in an order drawn anew; the ratio to the dilated stage is the median over the rounds.
"""

import random
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv
from ultralytics.utils.torch_utils import fuse_conv_and_bn

from yolo_slice.segmentation.held_bottleneck import enlarge
from yolo_slice.segmentation.point_list import run_on_points
from yolo_slice.segmentation.selective_stage import SelectiveStage

SHARES = (0.0, 0.1, 0.25, 0.45, 0.6, 1.0)
DILATED, STRIDED = ("dilated", 1.0), ("strided", 0.0)
ROUNDS, SIDE, CHANNELS, BLOCKS = 9, 64, 128, 6


def stage(mode: str) -> SelectiveStage:
    """Make a stage as it is at inference."""
    made = SelectiveStage(CHANNELS, CHANNELS, BLOCKS, mode).eval()
    for module in made.modules():
        if isinstance(module, Conv):
            module.conv = fuse_conv_and_bn(module.conv, module.bn)
            del module.bn
            module.forward = module.forward_fuse
    return made


def on_map(blocks: nn.Module, x: Tensor, mask: Tensor) -> Tensor:
    """Run the blocks on the map, values held where the mask says so."""
    keep = enlarge(mask, x)
    for block in blocks.children():
        x = block(x, keep)
    return x


def main() -> None:
    """Print a Markdown table."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    dilated, strided, x = stage("dilated"), stage("strided"), torch.randn(1, CHANNELS, SIDE, SIDE)
    masks = {share: (torch.rand(1, 1, SIDE // 2, SIDE // 2) < share).float() for share in SHARES}
    runs: dict[tuple[str, float], Callable[[], Tensor]] = {DILATED: partial(dilated, x), STRIDED: partial(strided, x)}
    for share, mask in masks.items():
        runs["points", share] = partial(run_on_points, dilated.blocks, x, mask)
        runs["map", share] = partial(on_map, dilated.blocks, x, mask)
    times: dict[tuple[str, float], list[float]] = {name: [] for name in runs}
    with torch.inference_mode():
        for number in range(ROUNDS + 1):  # the first warms up
            for name in random.Random(number).sample(list(runs), len(runs)):
                begin = time.process_time()
                runs[name]()
                times[name].append(time.process_time() - begin)
    ratio = {
        name: statistics.median(t / base for t, base in zip(found[1:], times[DILATED][1:], strict=True))
        for name, found in times.items()
    }
    print(line("share kept", [mask.mean().item() for mask in masks.values()]))
    print(f"|---|{'---|' * len(masks)}")
    print(line("by points", [ratio["points", share] for share in SHARES]))
    print(line("on the map, values held", [ratio["map", share] for share in SHARES]))
    print(f"\nThe strided stage takes {ratio[STRIDED]:.2f}.")


def line(title: str, numbers: list[float]) -> str:
    """Write a line of the table."""
    return f"| {title} | {' | '.join(f'{number:.2f}' for number in numbers)} |"


if __name__ == "__main__":
    main()
