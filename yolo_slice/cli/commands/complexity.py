"""`yolo-slice complexity`: the papers' parameters and GFLOPs, next to ours."""

from yolo_slice.complexity.settings import ComplexitySettings

EXAMPLE = 'format=md table="SliceSamp 1"'


def run(settings: ComplexitySettings) -> int:
    """Print the rows; exit status 1 if any is not exact."""
    from yolo_slice.complexity.paper_tables import TABLES
    from yolo_slice.complexity.reproduction import reproduce
    from yolo_slice.complexity.reproduction_views import VIEWS

    rows = list(reproduce([table for table in TABLES if table.name in settings.table or not settings.table]))
    print(VIEWS[settings.format](rows))
    return 0 if all(row.exact for row in rows) else 1
