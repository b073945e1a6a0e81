"""Writes splits in the host's layout: copies of the images, label files, and a side file that holds everything."""

import json
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yolo_slice.data.finding import Finding
from yolo_slice.data.voc_boxes import clip_xyxy, label_row
from yolo_slice.data.voc_example import Example, read_example
from yolo_slice.data.voc_plan import Split
from yolo_slice.host import services


@dataclass(slots=True)
class Tally:
    """What a pass over a split has met so far: images, objects in labels, objects set aside, faults, class names."""

    images: int = 0
    boxes: int = 0
    difficult: int = 0
    findings: list[Finding] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def add(self, example: Example) -> None:
        """Count an image and its objects."""
        difficult = sum(item.is_difficult for item in example.objects)
        self.images += 1
        self.boxes += len(example.objects) - difficult
        self.difficult += difficult
        self.names |= {item.name for item in example.objects}


def read_examples(
    split: Split, tally: Tally, purpose: str, classes: Collection[str] | None = None
) -> Iterator[Example]:
    """Read the usable images of a split one by one and keep the tally; the progress bar names the purpose."""
    for stem in services.progress(split.ids, f"{purpose} {split.name}"):
        example, findings = read_example(split.folder, stem, classes)
        tally.findings += findings
        if example:
            tally.add(example)
            yield example


def save_split(split: Split, root: Path, names: Sequence[str]) -> Tally:
    """Write images/<split>, labels/<split> and annotations/<split>.jsonl below root.

    Images are copied: the host repairs JPEG files in place, and links would let it write into the source. Objects
    marked difficult are not in the labels, as in the host's VOC.yaml; boxes are cut to the image.
    """
    tally = Tally()
    images, labels = (root / kind / split.name for kind in ("images", "labels"))
    for folder in (images, labels, root / "annotations"):
        folder.mkdir(parents=True, exist_ok=True)
    with side_file(root, split.name).open("w", encoding="utf-8", newline="\n") as lines:
        for example in read_examples(split, tally, "write", names):
            shutil.copyfile(example.image, images / example.file_name)
            (labels / f"{example.stem}.txt").write_text(label_text(example, names), encoding="utf-8")
            lines.write(side_line(example, split.name))
    return tally


def side_file(root: Path, split_name: str) -> Path:
    """Return where a split's side file is: one line of JSON per image, with every usable object as the XML has it."""
    return root / "annotations" / f"{split_name}.jsonl"


def label_text(example: Example, names: Sequence[str]) -> str:
    """Write an image's label file."""
    items = [item for item in example.objects if not item.is_difficult]
    rows = (label_row(names.index(item.name), clip_xyxy(item.xyxy, example.wh), example.wh) for item in items)
    return "".join(f"{row}\n" for row in rows)


def side_line(example: Example, split_name: str) -> str:
    """Write an image's line of the side file; xyxy in pixels as in the XML (VOC: from 1, both corners included)."""
    objects = [
        {
            "name": item.name,
            "xyxy": item.xyxy,
            "difficult": item.is_difficult,
            "truncated": item.is_truncated,
            "pose": item.pose,
        }
        for item in example.objects
    ]
    image = f"images/{split_name}/{example.file_name}"
    line = {"image": image, "width": example.wh[0], "height": example.wh[1], "objects": objects}
    return json.dumps(line, ensure_ascii=False) + "\n"
