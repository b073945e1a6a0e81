"""`yolo-slice check`: what is live, what is broken."""

import argparse
from typing import Any

from yolo_slice.cli.parsers import add_command


def add(commands: Any) -> None:
    """Add the command."""
    add_command(commands, "check", run_check, "versions, which hooks are live, what is broken and how to mend it")


def run_check(_: argparse.Namespace) -> int:
    """Print what was examined; exit status 1 if anything is broken."""
    from yolo_slice.integration.health import examine

    results = examine()
    for result in results:
        print(f"{'ok    ' if result.is_well else 'BROKEN'}  {result.title}: {result.found}")
        if not result.is_well:
            print(f"        mend: {result.mend}")
    return 0 if all(result.is_well for result in results) else 1
