"""Finds an image that is not where it should be: by its name, at any depth and in any letter case."""

import re
from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path, PurePosixPath

from yolo_slice.annotations.file_index import list_below
from yolo_slice.integration.data.images import image_suffixes

_MASKS = re.compile("segmentation|mask", re.IGNORECASE)  # folders of pictures that bear the names of images


class ImageFinder:
    """The images below some folders; they are listed when the first is asked for.

    Args:
        roots: Folders to look in, with all below them.
        avoid: Folders not to look in.
    """

    def __init__(self, roots: Iterable[Path], avoid: Collection[Path] = ()) -> None:
        self.roots, self.avoid = tuple(dict.fromkeys(roots)), {*avoid}

    @cached_property
    def by_stem(self) -> dict[str, list[Path]]:
        """The images by their stem in small letters."""
        found: dict[str, list[Path]] = {}
        for root in self.roots:
            for image in list_below(root, image_suffixes()):
                if not self._is_avoided(image, root):
                    found.setdefault(image.stem.casefold(), []).append(image)
        return {stem: [*dict.fromkeys(images)] for stem, images in found.items()}

    def all(self) -> tuple[Path, ...]:
        """List all the images."""
        return tuple(image for images in self.by_stem.values() for image in images)

    def find(self, name: str) -> list[Path]:
        """List the images that a name, with or without folders and suffix, can mean: the best if some are better.

        Better is the same suffix, then more of the same folders, then the same letter case.
        """
        path = PurePosixPath(name.replace("\\", "/"))
        has_suffix = path.suffix[1:].lower() in image_suffixes()
        images = self.by_stem.get((path.stem if has_suffix else path.name).casefold(), [])
        if has_suffix:
            images = [image for image in images if image.suffix.casefold() == path.suffix.casefold()]
        return _best(images, path)

    def _is_avoided(self, image: Path, root: Path) -> bool:
        return is_among_masks(image.relative_to(root)) or not self.avoid.isdisjoint(image.parents)


def is_among_masks(file: Path) -> bool:
    """Tell whether a path leads through a folder of masks.

    Example:
        >>> [is_among_masks(Path(path)) for path in ("SegmentationClass/a.png", "images/mask.png")]
        [True, False]
    """
    return any(_MASKS.match(folder) for folder in file.parts[:-1])


def _best(images: list[Path], path: PurePosixPath) -> list[Path]:
    scores = [(_common_folders(image, path), image.stem in (path.stem, path.name)) for image in images]
    best = max(scores, default=None)
    return [image for image, score in zip(images, scores, strict=True) if score == best]


def _common_folders(image: Path, path: PurePosixPath) -> int:
    pairs = zip(reversed(image.parts[:-1]), reversed(path.parts[:-1]), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a.casefold() != b.casefold()), len(path.parts) - 1)
