"""Which images and classes of a data set are measured."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yolo_slice.cam.target_words import parse_target
from yolo_slice.cam.targets import ClassTarget
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.integration.data.images import read_picture
from yolo_slice.integration.data.labelled_images import LabelledImage


@dataclass(frozen=True, slots=True)
class Chosen:
    """An image that is measured.

    Args:
        labels: Its file and labels.
        number: Its number in the split; with the seed it decides what is random.
        is_perturbed: Whether insertion and deletion are measured on it.
    """

    labels: LabelledImage
    number: int
    is_perturbed: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A chosen image, read.

    Args:
        image: (H, W, 3) BGR.
        boxes: Class of the data set -> (N, 4) xyxy in pixels of its objects.
        chosen: Where it comes from.
    """

    image: NDArray[np.uint8]
    boxes: dict[int, NDArray[np.float64]]
    chosen: Chosen


def choose_classes(words: Sequence[str] | None, names: Mapping[int, str]) -> set[int]:
    """Return the classes of a data set that are asked for; none means all.

    Raises:
        SliceError: For a class that the data set does not have.
    """
    if words is None:
        return set(names)
    targets = [parse_target(word, names) for word in words]
    if not all(isinstance(target, ClassTarget) for target in targets):
        raise SliceError(f"classes={','.join(words)}: expected names of classes")
    return {target.class_id for target in targets if isinstance(target, ClassTarget)}


def choose_images(
    images: Sequence[LabelledImage], classes: set[int], count: int | None, perturbed: int, seed: int
) -> list[Chosen]:
    """Draw images with an object of these classes, without repetition; of these, draw those to be perturbed.

    Args:
        images: All images of a split, in their order.
        classes: Classes of the data set.
        count: How many, None: all.
        perturbed: How many of them for insertion and deletion.
        seed: Decides the draw.

    Raises:
        SliceError: If no image has an object of these classes.
    """
    numbers = [i for i, image in enumerate(images) if classes.intersection(image.classes.tolist())]
    if not numbers:
        raise SliceError("no image of the data set has an object of the classes that are measured")
    order = np.random.default_rng(seed).permutation(numbers)[:count].tolist()
    return [Chosen(images[i], i, is_perturbed=i in order[:perturbed]) for i in sorted(order)]


def read_pictures(chosen: Iterable[Chosen], classes: set[int]) -> Iterator[Picture]:
    """Read the images, and of their labels those of some classes; one that cannot be read is reported and skipped."""
    for one in chosen:
        image = read_picture(one.labels.path)
        if image is None:
            log.warn(f"{one.labels.path} cannot be read")
            continue
        h, w = image.shape[:2]
        xyxy = one.labels.xyxyn * [w, h, w, h]
        present = sorted(classes.intersection(one.labels.classes.tolist()))
        yield Picture(image, {c: xyxy[one.labels.classes == c] for c in present}, one)
