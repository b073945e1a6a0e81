"""`yolo-slice list`: the blocks and model files."""

import json
from dataclasses import asdict

from yolo_slice.complexity.settings import ListSettings

EXAMPLE = "json=True"


def run(settings: ListSettings) -> int:
    """Print the tables, or write them to where they stand in the checkout."""
    from yolo_slice.blocks import BLOCKS
    from yolo_slice.cam.method_list import method_table
    from yolo_slice.complexity.model_sizes import measure_models
    from yolo_slice.complexity.readme_tables import block_table, model_tables, write_model_headers, write_tables
    from yolo_slice.public_api.files import write_generated

    rows = list(measure_models())
    if settings.json:
        print(json.dumps({"blocks": sorted(BLOCKS), "models": [asdict(row) for row in rows]}, indent=2))
    elif settings.readme:
        print(f"tables written to {write_tables('README.md', blocks=block_table(), models=model_tables(rows))}")
        print(f"tables written to {write_tables('docs/cam.md', methods=method_table())}")
        write_model_headers(rows)
        print(f"the blocks and the Python API written to {', '.join(map(str, write_generated()))}")
    else:
        print(f"\n{block_table()}\n\n{model_tables(rows)}\n")
        print("Cells: parameters / GFLOPs at 640 px, 80 classes, before fusing; latency not measured.")
    return 0
