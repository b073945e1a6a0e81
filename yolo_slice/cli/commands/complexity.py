"""`yolo-slice complexity`: the papers' parameters and GFLOPs, next to ours."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from yolo_slice.complexity.settings import ComplexitySettings
from yolo_slice.errors import SliceError

if TYPE_CHECKING:
    from yolo_slice.complexity.paper_table import PaperTable

EXAMPLE = 'format=md table="SliceSamp 1"'


def run(settings: ComplexitySettings) -> int:
    """Print the rows; exit status 1 if any is neither exact nor known not to be."""
    from yolo_slice.complexity.paper_tables import TABLES
    from yolo_slice.complexity.reproduction import reproduce
    from yolo_slice.complexity.reproduction_views import VIEWS

    rows = list(reproduce(_here([table for table in TABLES if table.name in settings.table or not settings.table])))
    print(VIEWS[settings.format](rows))
    return 0 if all(row.known for row in rows) else 1


def _here(tables: Sequence[PaperTable]) -> list[PaperTable]:
    """Leave out the tables whose models need a package that is not installed, and say so."""
    from yolo_slice.integration.log import inform

    missing = [table for table in tables if table.needs and find_spec(table.needs) is None]
    for table in missing:
        inform(f"{table.name} is left out: its models are {table.needs}'s; pip install 'yolo-slice[{table.needs}]'")
    here = [table for table in tables if table not in missing]
    if not here:
        raise SliceError("nothing is left to count")
    return here
