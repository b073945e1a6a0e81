"""The picture of where a model samples: the image, the grid on it, the saliency, and the image as it is sampled."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from yolo_slice.blocks.saliency_sampling import sample_down
from yolo_slice.cam.run.lettering import make_plate, paste
from yolo_slice.cam.run.rendering import BLACK, WHITE, Look, colour_heat
from yolo_slice.cam.sampling.places import SampledPlaces

Image = NDArray[np.uint8]
LONGEST, GAP = 480, 8  # pixels: the longer side of a cell, the space between cells
EVEN = 1e-3  # saliencies that differ by less sample evenly: as heat they would look as if they said something


def draw_places(image: Image, places: Sequence[SampledPlaces], look: Look) -> Image:
    """Draw a row for each block: image, image with the edges of the samples, saliency, and what is sampled of it.

    Args:
        image: (H, W, 3) BGR, the model's input.
        places: Where the blocks sample in it.
        look: Colours of the saliency, from its least to its most.
    """
    scale = LONGEST / max(image.shape[:2])
    hw = tuple(max(1, round(side * scale)) for side in image.shape[:2])
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture = np.asarray(cv2.resize(image, hw[::-1], interpolation=kind), np.uint8)
    return _stack([_row(image, picture, each, look) for each in places], 0)


def _row(image: Image, picture: Image, places: SampledPlaces, look: Look) -> Image:
    (h, height), (w, width) = places.rows.shape, places.columns.shape
    cells = {
        f"{places.name}: {height} x {width}": picture.copy(),
        f"{h} x {w} samples": draw_grid(picture, places),
        _describe(places.saliency): _heat(picture, places.saliency, look),
        "what is sampled": _sampled(image, picture, places),
    }
    for title, cell in cells.items():
        paste(cell, make_plate(title, 16, WHITE, BLACK, cell.shape[1]), 0, 0)
    return _stack(list(cells.values()), 1)


def draw_grid(picture: Image, places: SampledPlaces) -> Image:
    """Draw the edges of the samples on a picture of the image."""
    drawn = picture.copy()
    height, width = picture.shape[:2]
    rows, columns = places.edges()
    for y in np.rint(rows * (height - 1)).astype(int):
        drawn[y] = (0, 255, 255)
    for x in np.rint(columns * (width - 1)).astype(int):
        drawn[:, x] = (0, 255, 255)
    return drawn


def _describe(saliency: NDArray[np.float32]) -> str:
    least, most = saliency.min(), saliency.max()
    return f"saliency {least:.3f} to {most:.3f}" if most - least >= EVEN else f"saliency {least:.3f} everywhere"


def _heat(picture: Image, saliency: NDArray[np.float32], look: Look) -> Image:
    spread = saliency.max() - saliency.min()
    heat = (saliency - saliency.min()) / spread if spread >= EVEN else np.zeros_like(saliency)
    enlarged = cv2.resize(heat, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return colour_heat(picture, np.asarray(enlarged, np.float32), look)


def _sampled(image: Image, picture: Image, places: SampledPlaces) -> Image:
    """Shrink the image to the block's map by areas, and sample it as the map is."""
    height, width = places.saliency.shape
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    x = torch.from_numpy(np.ascontiguousarray(small)).float().permute(2, 0, 1)[None]
    samples = sample_down(x, places.rows[None], places.columns[None])[0].permute(1, 2, 0).numpy()
    pixels = np.rint(samples).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(pixels, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST), np.uint8)


def _stack(pictures: Sequence[Image], axis: int) -> Image:
    """Put pictures of one height, or width, beside each other, with white between them."""
    shape = list(pictures[0].shape)
    shape[axis] = GAP
    white = np.full(shape, 255, np.uint8)
    return np.concatenate([part for each in pictures for part in (white, each)][1:], axis)
