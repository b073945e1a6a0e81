"""The `yolo-slice` command. One file a command: a module of this package with `add(commands)` is one."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence

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
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        command = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(command, "add"):
            command.add(commands)
    return parser
