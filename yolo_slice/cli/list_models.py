"""`yolo-slice list`: the blocks and model files."""

import argparse
import json
from dataclasses import asdict
from typing import Any

from yolo_slice.cli.parsers import add_command


def add(commands: Any) -> None:
    """Add the command."""
    text = "the blocks and model files, with parameters and GFLOPs a scale"
    parser = add_command(commands, "list", run_list, text)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument(
        "--readme", action="store_true", help="rewrite the tables in a checkout's README and model files"
    )


def run_list(arguments: argparse.Namespace) -> int:
    """Print the tables, or write them to where they stand in the checkout."""
    from yolo_slice.blocks import BLOCKS
    from yolo_slice.cam.method_list import method_table
    from yolo_slice.complexity.model_sizes import measure_models
    from yolo_slice.complexity.tables import block_table, model_tables, write_model_headers, write_tables

    rows = list(measure_models())
    if arguments.json:
        print(json.dumps({"blocks": sorted(BLOCKS), "models": [asdict(row) for row in rows]}, indent=2))
    elif arguments.readme:
        print(f"tables written to {write_tables('README.md', blocks=block_table(), models=model_tables(rows))}")
        print(f"tables written to {write_tables('docs/cam.md', methods=method_table())}")
        write_model_headers(rows)
    else:
        print(f"\n{block_table()}\n\n{model_tables(rows)}\n")
        print("Cells: parameters / GFLOPs at 640 px, 80 classes, before fusing; latency not measured.")
    return 0
