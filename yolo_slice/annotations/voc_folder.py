"""A VOC-style folder on disk: where its annotations and images are. It is only ever read."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from yolo_slice.annotations.file_index import Index, index_files
from yolo_slice.annotations.image_finder import ImageFinder
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.images import image_suffixes


@dataclass(frozen=True, slots=True)
class VocFolder:
    """Annotations and images, both by their stem, which is the id that the lists hold.

    Attributes:
        root: Folder that may hold ImageSets/Main.
        annotation_place: Folder of the annotations.
        annotations: The XML files.
        image_place: Folder of the images.
        images: The images; two of one stem differ in their suffix.
        finder: Finds images elsewhere in root.
    """

    root: Path
    annotation_place: Path
    annotations: Index
    image_place: Path
    images: Index
    finder: ImageFinder = field(default_factory=lambda: ImageFinder(()), compare=False)

    def find_image(self, stem: str, filename: str) -> Path:
        """Find an annotation's image: by the annotation's own stem, else by the <filename> in it.

        What is not in the folder of the images is looked for at any depth and in any letter case.

        Raises:
            SliceError: If there is no image, or more than one and <filename> names none of them.
        """
        base = re.split(r"[\\/]", filename)[-1]
        found = self.images.get(stem) or self._find_unclaimed(base) or self._find_elsewhere(stem, base)
        if not found:
            raise SliceError(
                f"no image {stem}.*" + (f" and no {base}" if base else "") + f" in {self.image_place.name}/"
            )
        named = [image for image in found if image.name == base]
        if len(found) > 1 and not named:
            raise SliceError(f"more than one image: {', '.join(image.name for image in found)}")
        return [*named, *found][0]

    def _find_unclaimed(self, base: str) -> tuple[Path, ...]:
        """Find an image by the name in an annotation, unless an annotation of the same stem has the better claim."""
        stems = (stem for stem in (Path(base).stem, base) if stem in self.images and stem not in self.annotations)
        return self.images.get(next(stems, ""), ())

    def _find_elsewhere(self, stem: str, base: str) -> tuple[Path, ...]:
        """Find an image in another folder; one whose own annotation is another is not lent."""
        found = (image for name in (stem, base) if name for image in self.finder.find(name))
        return tuple(dict.fromkeys(image for image in found if image.stem not in {*self.annotations} - {stem}))


def open_voc_folder(root: Path) -> VocFolder | None:
    """List a folder's annotations (in Annotations/ or in root) and images (in JPEGImages/, images/ or beside either).

    Letter case does not matter. None if there is no annotation.
    """
    children = {p.name.casefold(): p for p in sorted(root.iterdir(), reverse=True)} if root.is_dir() else {}
    annotation_place, annotations = _first_index((children.get("annotations", root), root), {"xml"})
    if not annotations:
        return None
    image_places = [children[name] for name in ("jpegimages", "images") if name in children]
    image_place, images = _first_index((*image_places, annotation_place, root), image_suffixes())
    return VocFolder(root, annotation_place, annotations, image_place, images, ImageFinder((root,)))


def find_years(places: Iterable[Path]) -> dict[str, VocFolder]:
    """Find the VOC2007 and VOC2012 of the VOCdevkits among the places; of a year that is there twice, the first."""
    folders = (
        (year, open_voc_folder(place / f"VOC{year}")) for place in reversed([*places]) for year in ("2007", "2012")
    )
    return {year: folder for year, folder in folders if folder}


def _first_index(places: Iterable[Path], suffixes: Collection[str]) -> tuple[Path, Index]:
    """Return the first of the places that holds such files, and its index; the first of all if none does."""
    indexed = [(place, index_files(place, suffixes)) for place in places]
    return next((pair for pair in indexed if pair[1]), indexed[0])
