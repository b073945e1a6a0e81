"""VisDrone's ignored regions: where they are, and what lies in them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import read_text
from yolo_slice.metrics.truth import Truth

Boxes = NDArray[np.float64]
NAMES = {"ignoredregions", "ignoredregion", "ignored", "ignore"}
UNMEASURED = {*NAMES, "others"}  # the toolkit measures categories 1 to 10, and others is 11
REGION = 0  # VisDrone's category


def split_regions(truth: Truth, folder: Path | None) -> tuple[Truth, dict[int, Boxes]]:
    """Return the objects of the classes that are measured, and the ignored regions of each image that has any.

    Args:
        truth: Ground truth.
        folder: VisDrone's annotations; None: the regions are among the objects.

    Raises:
        SliceError: If the folder has no file for an image, or a line that is no annotation.
    """
    bare = ["".join(c for c in name.casefold() if c.isalnum()) for name in truth.classes]
    is_region = np.array([name in NAMES for name in bare], dtype=bool)[truth.label]
    if folder is None:
        rows = [np.flatnonzero(is_region & (truth.image == n)) for n in range(len(truth.images))]
        regions = {n: truth.xywh[own] for n, own in enumerate(rows) if len(own)}
    else:
        read = {n: _read(folder / f"{Path(name).stem}.txt") for n, name in enumerate(truth.images)}
        regions = {n: boxes for n, boxes in read.items() if len(boxes)}
    kept = ~np.array([name in UNMEASURED for name in bare], dtype=bool)[truth.label]
    objects = {key: getattr(truth, key)[kept] for key in ("image", "label", "xywh", "area", "is_crowd", "is_difficult")}
    return replace(truth, **objects), regions


def is_ignored(xywh: Boxes, regions: Boxes) -> NDArray[np.bool_]:
    """Tell which boxes lie by half or more in regions, counted in pixels as the toolkit counts them.

    The toolkit numbers pixels from 1: a region has the columns x to x + w, a box x + 1 to x + w, sides rounded.

    Args:
        xywh: (N, 4) boxes.
        regions: (M, 4) regions, which may overlap.

    Example:
        >>> region = np.array([[100.0, 100, 50, 50]])
        >>> is_ignored(np.array([[90.0, 110, 21, 10], [90, 110, 18, 10], [90, 110, 17, 10]]), region).tolist()
        [True, True, False]
    """
    region = np.maximum(regions, 1)
    left_top, right_bottom = region[:, :2] - 1, region[:, :2] + region[:, 2:]
    lines = [np.unique([left_top[:, axis], right_bottom[:, axis]]) for axis in (0, 1)]
    is_inside = np.zeros([len(line) - 1 for line in lines], dtype=bool)  # cells between the lines, x first
    for low, high in zip(left_top, right_bottom, strict=True):
        x, y = (np.flatnonzero((line[:-1] >= low[i]) & (line[1:] <= high[i])) for i, line in enumerate(lines))
        is_inside[np.ix_(x, y)] = True
    box = np.maximum(np.floor(xywh + 0.5), 1)
    shares = [_shared(box[:, axis], box[:, axis + 2], lines[axis]) for axis in (0, 1)]
    inside = np.einsum("nx,xy,ny->n", shares[0], is_inside, shares[1])
    return inside >= 0.5 * box[:, 2] * box[:, 3]


def _shared(start: Boxes, length: Boxes, line: Boxes) -> Boxes:
    """Return how much of each side lies between each two neighbouring lines: (N, len(line) - 1)."""
    end = np.minimum((start + length)[:, None], line[1:])
    return np.maximum(end - np.maximum(start[:, None], line[:-1]), 0)


def _read(file: Path) -> Boxes:
    if not file.is_file():
        raise SliceError(f"{file} does not exist; regions= needs VisDrone's annotation of every image")
    lines = [line.strip().rstrip(",") for line in read_text(file).splitlines()]
    rows = [_row(line.split(","), file, n) for n, line in enumerate(lines, 1) if line]
    return np.array([row[:4] for row in rows if row[5] == REGION], dtype=np.float64).reshape(-1, 4)


def _row(words: Sequence[str], file: Path, number: int) -> list[float]:
    try:
        row = [float(word) for word in words]
    except ValueError:
        row = []
    if len(row) != 8 or not np.isfinite(row).all():
        raise SliceError(f"{file}, line {number}: expected x,y,w,h,score,category,truncation,occlusion")
    return row
