"""`yolo-slice list`: the blocks and model files."""

import json
from dataclasses import asdict

from yolo_slice.complexity.settings import ListSettings

EXAMPLE = "json=True"


def run(settings: ListSettings) -> int:
    """Print the tables, or measure anew and write them to where they stand in the checkout."""
    from yolo_slice.block_list import block_table, list_blocks, list_outside_blocks
    from yolo_slice.complexity.model_sizes import listed_models
    from yolo_slice.complexity.readme_tables import model_tables

    if settings.readme:
        return _write()
    if settings.kind:
        return _list_swaps(settings)
    if settings.json:
        blocks = [block.name for block in (*list_blocks(), *list_outside_blocks())]
        print(json.dumps({"blocks": blocks, "models": [asdict(row) for row in listed_models()]}, indent=2))
        return 0
    print(f"{block_table([*list_blocks(), *list_outside_blocks()])}\n\n{model_tables(listed_models())}\n")
    print(
        "Cells: parameters / GFLOPs at 640 px, 80 classes, before fusing. Any other model of Ultralytics takes these "
        "suffixes, and each block's name in lower case: yolo-slice list kind=down, kind=up"
    )
    return 0


def _list_swaps(settings: ListSettings) -> int:
    from yolo_slice.complexity.swap_list import listed_swaps, swap_table

    if settings.json:
        print(json.dumps([asdict(swap) for swap in listed_swaps(settings.kind)], indent=2))
        return 0
    print(f"{swap_table(settings.kind)}\n")
    print("Cells: parameters / GFLOPs at 640 px, 80 classes, before fusing. One of either kind: yolov8n-hwd-dysample")
    return 0


def _write() -> int:
    from yolo_slice.block_list import block_table
    from yolo_slice.cam.method_list import method_table
    from yolo_slice.complexity.model_sizes import measure_models, write_models
    from yolo_slice.complexity.readme_tables import model_tables, write_model_headers
    from yolo_slice.complexity.swap_list import measure_sizes, swap_table, write_sizes
    from yolo_slice.page_tables import require_checkout, write_tables
    from yolo_slice.public_api.files import write_generated

    require_checkout()
    rows = list(measure_models())
    tables = [
        write_models(rows),
        write_sizes(measure_sizes()),
        write_tables("README.md", blocks=block_table()),
        write_tables("docs/models.md", models=model_tables(rows)),
        write_tables("docs/blocks.md", down=swap_table("down"), up=swap_table("up")),
        write_tables("docs/cam.md", methods=method_table()),
        *write_generated(),
    ]
    write_model_headers(rows)
    print(f"written: {', '.join(map(str, tables))}, and the comments in the model files")
    return 0
