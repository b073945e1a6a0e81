"""`yolo-slice demo`: everything from nothing to an annotated video."""

import argparse
from pathlib import Path
from typing import Any

from yolo_slice.cli.parsers import add_command


def add(commands: Any) -> None:
    """Add the command."""
    text = "draw a data set, train a small slice model on it, predict on a video"
    parser = add_command(commands, "demo", run_demo, text)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("demo"), help="new folder (default: demo)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the drawing and the training (default: 0)")


def run_demo(arguments: argparse.Namespace) -> int:
    """Run the demonstration and say where its pictures are."""
    from yolo_slice.demo import run_demo as run

    print(f"demo finished: {run(arguments.folder, arguments.seed)}")
    return 0
