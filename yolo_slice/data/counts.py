"""The usable images of a split one by one, and their numbers."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from yolo_slice.annotations.examine import examine
from yolo_slice.annotations.record import Record
from yolo_slice.annotations.result_names import ResultNames
from yolo_slice.data.dataset import Split
from yolo_slice.integration import log


@dataclass(slots=True)
class Counts:
    """Numbers of images, of objects for labels, and of objects set aside."""

    images: int = 0
    boxes: int = 0
    set_aside: int = 0

    def add(self, record: Record) -> None:
        """Count an image and its objects."""
        set_aside = sum(item.is_set_aside for item in record.items)
        self.images += 1
        self.boxes += len(record.items) - set_aside
        self.set_aside += set_aside


def read_records(
    split: Split, purpose: str, classes: Collection[str] | None = None, needs_image: bool = True
) -> Iterator[Record]:
    """Read the usable images of a split one by one; the progress bar names the purpose."""
    names = ResultNames()
    for reading in log.progress(split.read(), f"{purpose} {split.name}", len(split)):
        record, _ = examine(reading, classes, needs_image)
        if record:
            yield replace(record, id=names.choose(record.id, record.suffix))
