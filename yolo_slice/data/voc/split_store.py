"""Splits that stay on disk between runs: which of them still fit their source, and how a new one takes its place."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from yolo_slice.annotations.file_index import index_files
from yolo_slice.annotations.sidecar import side_file
from yolo_slice.data.voc.plan import VocSplit
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.images import image_suffixes


def is_current(split: VocSplit, root: Path, names: Sequence[str]) -> bool:
    """Tell whether root holds this split complete and made from the same lists, annotations and class names."""
    stamp = _stamp_file(root, split.name)
    images = len(index_files(root / "images" / split.name, image_suffixes()))
    labels = len(index_files(root / "labels" / split.name, {"txt"}))
    if not (images and images == labels and side_file(root, split.name).is_file() and stamp.is_file()):
        return False
    return stamp.read_text("utf-8") == _stamp_text(split, names, images)


def save_stamp(split: VocSplit, root: Path, names: Sequence[str], images: int) -> None:
    """Write down, beside the side file, what a split was made from; this also marks it as ours."""
    _stamp_file(root, split.name).write_text(_stamp_text(split, names, images), encoding="utf-8")


def refuse_foreign(name: str, root: Path) -> None:
    """Refuse to replace a split that has no stamp.

    Raises:
        SliceError: If there are files where the split would go.
    """
    for place in (root / "images" / name, root / "labels" / name):
        if not _stamp_file(root, name).exists() and place.is_dir() and any(place.iterdir()):
            raise SliceError(
                f"{place} was not made by yolo-slice (is it from an interrupted download?); "
                "move it and its like out of the way, then run again"
            )


def publish(name: str, work: Path, root: Path) -> None:
    """Move a split from work to root, the images last: where they are, everything is."""
    (work / "replaced").mkdir(exist_ok=True)
    images, labels, side = Path("images", name), Path("labels", name), side_file(Path(), name)
    for old in (images, labels):
        if (root / old).exists():
            (root / old).rename(work / "replaced" / "-".join(old.parts))
    (root / labels.with_name(f"{name}.cache")).unlink(missing_ok=True)  # of labels that are gone
    for new in (_stamp_file(Path(), name), labels, side, images):
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        (work / new).replace(root / new)


def _stamp_file(root: Path, name: str) -> Path:
    return side_file(root, name).with_suffix(".source")


def _stamp_text(split: VocSplit, names: Sequence[str], images: int) -> str:
    """Digest the class names, and name, size and time of every file that the split is made from."""
    digest = sha256(repr(tuple(names)).encode())
    for stem in split.ids:
        for file in (*split.folder.annotations[stem], *split.folder.images.get(stem, ())):
            stat = file.stat()
            digest.update(f"{file.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return f"{images} images from {digest.hexdigest()}\n"
