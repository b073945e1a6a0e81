"""`yolo-slice complexity`: the papers' parameters and GFLOPs, next to ours."""

import argparse
from typing import Any

from yolo_slice.cli.parsers import add_command

FORMATS = ("text", "md", "csv", "json")
TABLES = ("SliceSamp 1", "SliceSamp 2", "SliceSamp 3", "SliceSamp 4", "SPD-Conv")


def add(commands: Any) -> None:
    """Add the command."""
    text = "the parameters and GFLOPs that the papers print, next to those counted on our models, row by row"
    parser = add_command(commands, "complexity", run_complexity, text)
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print them (default: text)")
    parser.add_argument(
        "--table", choices=TABLES, action="append", help="one of the papers' tables; may be repeated (default: all)"
    )


def run_complexity(arguments: argparse.Namespace) -> int:
    """Print the rows; exit status 1 if any is not exact."""
    from yolo_slice.complexity.paper_tables import TABLES as PAPER_TABLES
    from yolo_slice.complexity.reproduction import reproduce
    from yolo_slice.complexity.reproduction_views import VIEWS

    wanted = arguments.table or TABLES
    rows = list(reproduce([table for table in PAPER_TABLES if table.name in wanted]))
    print(VIEWS[arguments.format](rows))
    return 0 if all(row.exact for row in rows) else 1
