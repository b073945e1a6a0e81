"""Writes a VOC folder: Annotations/, JPEGImages/, ImageSets/Main/, and side files for what XML has no place for."""

from collections.abc import Iterable

from yolo_slice.annotations.category import CATEGORIES
from yolo_slice.annotations.record import Record
from yolo_slice.annotations.result_names import ResultNames, shortened
from yolo_slice.annotations.sidecar import side_line
from yolo_slice.annotations.voc_image import voc_side_file
from yolo_slice.annotations.voc_xml import annotation_xml
from yolo_slice.data.image_transfer import inside
from yolo_slice.data.write_plan import WritePlan


class VocWriter:
    """Writes splits as lists of one folder, so every image needs a name of its own.

    Attributes:
        names: Those in use.
    """

    def __init__(self, plan: WritePlan) -> None:
        self.plan, self.root = plan, plan.root
        self.names = ResultNames()
        for folder in ("Annotations", "JPEGImages", "ImageSets/Main"):
            (plan.root / folder).mkdir(parents=True)

    def write_split(self, name: str, records: Iterable[Record]) -> None:
        """Add a split to the lists of its uses; the side file is that of the first."""
        uses = self.plan.uses_of(name)
        side = voc_side_file(self.root / "Annotations", uses[0])
        with side.open("a", encoding="utf-8", newline="\n") as lines:
            for record in records:
                stem = self._choose_stem(record.id, record.suffix, name)
                file_name = stem + record.suffix
                inside(self.root / "Annotations", f"{stem}.xml").write_text(annotation_xml(record, file_name), "utf-8")
                self.plan.transfer.place(record.image, inside(self.root / "JPEGImages", file_name))
                lines.write(side_line(record, f"JPEGImages/{file_name}", record.id if stem != record.id else ""))
                for use in uses:
                    self._add_to_list(use, stem)

    def finish(self) -> None:
        """Write the table of classes, and an empty list val where there is none, so that nobody divides train."""
        (self.root / "ImageSets" / "Main" / "val.txt").touch()
        (self.root / "Annotations" / CATEGORIES).write_text(self.plan.class_map.text(), encoding="utf-8")

    def _choose_stem(self, id: str, suffix: str, split: str) -> str:
        flat = shortened(id.replace("/", "_").replace("\ufeff", "").strip() or "image")
        if self.names.has(flat, suffix):
            flat = shortened(f"{split}_{flat}")
        return self.names.choose(flat, suffix)

    def _add_to_list(self, use: str, stem: str) -> None:
        file = self.root / "ImageSets" / "Main" / f"{use}.txt"
        with file.open("a", encoding="utf-8", newline="\n") as ids:
            ids.write(f"{stem}\n")
