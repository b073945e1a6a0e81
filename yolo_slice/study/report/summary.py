"""The report in a few lines, for a terminal."""

from pathlib import Path

from yolo_slice.markdown_table import aligned
from yolo_slice.study.report.document import document
from yolo_slice.study.report.results import read_results


def summary(folder: Path) -> str:
    """Write the state of a study, what must be known first, and the table of verdicts for each data set."""
    report = document(read_results(folder))
    parts = [report.state, *report.alarms]
    for data, (verdicts, *_) in report.tables.items():
        parts.append(f"{data}\n{aligned([verdicts.head, *verdicts.rows])}")
    return "\n\n".join([*parts, *report.findings])
