"""`yolo-slice data`: data sets, converted and checked."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from yolo_slice.cli.parsers import add_command, add_group
from yolo_slice.errors import SliceError

FORMATS = ("yolo", "voc", "coco")
SOURCE = "VOC folder or devkit, COCO JSON or its folder, data YAML or its folder; never written to"


def add(commands: Any) -> None:
    """Add the commands."""
    data = add_group(commands, "data", "data sets: convert and check them")
    _add_convert(data)
    _add_check(data)


def _add_convert(data: Any) -> None:
    convert = add_command(data, "convert", run_convert, "convert VOC XML, COCO JSON and YOLO labels into each other")
    convert.add_argument("src", type=Path, help=SOURCE)
    convert.add_argument("dst", type=Path, nargs="?", help="new folder (default: SRC-FORMAT beside SRC)")
    convert.add_argument("--to", choices=FORMATS, required=True, help="format to write")
    convert.add_argument(
        "--images",
        choices=("copy", "link", "none"),
        default="copy",
        help="copy (default); link: the host may then repair damaged JPEG files in SRC itself; none",
    )
    convert.add_argument(
        "--strict", action="store_true", help="write nothing and exit with 1 if anything is wrong with SRC"
    )
    _add_common(convert)


def _add_check(data: Any) -> None:
    check = add_command(data, "check", run_check, "find everything that is wrong with a data set")
    check.add_argument("data", type=Path, help=SOURCE)
    check.add_argument("--json", type=Path, metavar="FILE", help="write the whole report as JSON")
    check.add_argument("--html", type=Path, metavar="FILE", help="write a page with example pictures")
    check.add_argument("--imgsz", type=int, default=640, help="training size for the object sizes (default: 640)")
    _add_common(check)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", help="class names with commas between them, or a file with one a line: the classes")
    parser.add_argument("--format", choices=FORMATS, help="format of the source, if its files do not tell")


def run_convert(arguments: argparse.Namespace) -> int:
    """Convert; print the findings, the classes and what was written."""
    from yolo_slice.data import convert_dataset

    result = convert_dataset(
        arguments.src,
        arguments.dst,
        to=arguments.to,
        images=arguments.images,
        strict=arguments.strict,
        names=_read_names(arguments.names),
        format=arguments.format,
    )
    for finding in result.findings:
        print(finding, file=sys.stderr)
    if result.folder is None:
        raise SliceError(f"{len(result.findings)} findings; nothing written because of --strict")
    _print_lines(result.describe())
    return 0


def run_check(arguments: argparse.Namespace) -> int:
    """Check; print the report, and exit with 1 if there is an error in it (warnings do not count)."""
    from yolo_slice.data import check_dataset, save_html

    report = check_dataset(arguments.data, arguments.imgsz, _read_names(arguments.names), arguments.format)
    if arguments.json:
        report.save_json(arguments.json)
    if arguments.html:
        save_html(report, arguments.html)
    _print_lines(report.lines())
    return 0 if report.is_sound else 1


def _read_names(text: str | None) -> list[str] | None:
    if text is None:
        return None
    file = Path(text)
    parts = file.read_text("utf-8-sig", errors="replace").splitlines() if file.is_file() else text.split(",")
    return [part.strip() for part in parts if part.strip()]


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
