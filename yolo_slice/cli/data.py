"""`yolo-slice data`: data sets of other kinds."""

import argparse
import sys
from pathlib import Path
from typing import Any

from yolo_slice.cli.parsers import add_command, add_group
from yolo_slice.errors import SliceError


def add(commands: Any) -> None:
    """Add the commands."""
    data = add_group(commands, "data", "data sets")
    voc = add_command(data, "voc", run_voc, "convert a VOC-style folder to YOLO labels and write its data YAML")
    voc.add_argument("root", type=Path, help="folder with Annotations and JPEGImages, or a VOCdevkit; never written to")
    voc.add_argument("dst", type=Path, nargs="?", help="new folder (default: beside ROOT)")
    voc.add_argument(
        "--strict", action="store_true", help="write nothing and exit with 1 if anything is wrong with ROOT"
    )


def run_voc(arguments: argparse.Namespace) -> int:
    """Convert, print the findings and what was written."""
    from yolo_slice.data import convert_voc

    result = convert_voc(arguments.root, arguments.dst, arguments.strict)
    for finding in result.findings:
        print(finding, file=sys.stderr)
    if result.data_yaml is None:
        raise SliceError(f"{len(result.findings)} findings; nothing written because of --strict")
    for split, count in result.images.items():
        print(
            f"{split}: {count} images, {result.boxes[split]} boxes, {result.difficult[split]} difficult ones kept aside"
        )
    print(f"{len(result.findings)} findings. Train with: yolo train model=yolov8n-slice.yaml data={result.data_yaml}")
    return 0
