"""The `yolo-slice` command."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from yolo_slice import __version__
from yolo_slice.errors import SliceError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; a mistake of the user ends in one line on stderr and exit status 1.

    Args:
        argv: Command line without the program's name; default: this process's.
    """
    arguments = build_parser().parse_args(argv)
    try:
        return arguments.run(arguments)
    except (SliceError, OSError) as error:
        print(f"yolo-slice: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("yolo-slice: interrupted", file=sys.stderr)
        return 130


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="yolo-slice",
        description="Slice models for stock Ultralytics. The stock command trains, validates, predicts and exports: "
        "yolo train model=yolov8n-slice.yaml data=voc.yaml",
    )
    parser.add_argument("--version", action="version", version=f"yolo-slice {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    listing = _add(commands, "list", run_list, "the blocks and model files, with parameters and GFLOPs a scale")
    listing.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    listing.add_argument(
        "--readme", action="store_true", help="rewrite the tables in a checkout's README and model files"
    )

    _add(commands, "check", run_check, "versions, which hooks are live, what is broken and how to mend it")

    data = _add(commands, "data", None, "data sets").add_subparsers(title="commands", required=True, metavar="COMMAND")
    voc = _add(data, "voc", run_data_voc, "convert a VOC-style folder to YOLO labels and write its data YAML")
    voc.add_argument("root", type=Path, help="folder with Annotations and JPEGImages, or a VOCdevkit; never written to")
    voc.add_argument("dst", type=Path, nargs="?", help="new folder (default: beside ROOT)")
    voc.add_argument(
        "--strict", action="store_true", help="write nothing and exit with 1 if anything is wrong with ROOT"
    )

    demo = _add(commands, "demo", run_demo, "draw a data set, train a small slice model on it, predict on a video")
    demo.add_argument("folder", type=Path, nargs="?", default=Path("demo"), help="new folder (default: demo)")
    demo.add_argument("--seed", type=int, default=0, help="seed of the drawing and the training (default: 0)")
    return parser


def _add(commands, name: str, run: Callable[[argparse.Namespace], int] | None, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(run=run)
    return parser


def run_list(arguments: argparse.Namespace) -> int:
    """Print the tables, or write them to where they stand in the checkout."""
    from yolo_slice.bench.complexity import measure_models
    from yolo_slice.bench.tables import block_table, model_table, write_model_headers, write_readme
    from yolo_slice.blocks import BLOCKS

    rows = list(measure_models())
    if arguments.json:
        print(json.dumps({"blocks": sorted(BLOCKS), "models": [asdict(row) for row in rows]}, indent=2))
    elif arguments.readme:
        print(f"tables written to {write_readme(rows)}")
        write_model_headers(rows)
    else:
        print(f"\n{block_table()}\n\n{model_table(rows)}\n")
        print("Cells: parameters / GFLOPs at 640 px, 80 classes, before fusing; latency not measured.")
    return 0


def run_check(_: argparse.Namespace) -> int:
    """Print what was examined; exit status 1 if anything is broken."""
    from yolo_slice.host.health import examine

    results = examine()
    for result in results:
        print(f"{'ok    ' if result.is_well else 'BROKEN'}  {result.title}: {result.found}")
        if not result.is_well:
            print(f"        mend: {result.mend}")
    return 0 if all(result.is_well for result in results) else 1


def run_data_voc(arguments: argparse.Namespace) -> int:
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


def run_demo(arguments: argparse.Namespace) -> int:
    """Run the demonstration and say where its pictures are."""
    from yolo_slice.demo import run_demo as run

    print(f"demo finished: {run(arguments.folder, arguments.seed)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
