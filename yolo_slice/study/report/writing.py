"""Writes the report of a study, finished or half-way."""

from pathlib import Path

from yolo_slice.annotations.findings import printable
from yolo_slice.atomic_file import write_whole
from yolo_slice.study.report.document import document
from yolo_slice.study.report.markdown import markdown
from yolo_slice.study.report.numbers import as_csv, as_json
from yolo_slice.study.report.page import page
from yolo_slice.study.report.pictures import legend, pictures
from yolo_slice.study.report.results import read_results


def write_report(folder: Path) -> Path:
    """Write report.md, .csv, .json and .html from what is in a study's folder; nothing if one of them cannot be made.

    The same study.yaml and records give the same files, byte for byte.

    Args:
        folder: The study's: study.yaml, and a record.json for each run that has ended.

    Returns:
        The folder of the report, `folder/report`.

    Raises:
        SliceError: If there is no study.yaml, or it cannot be read.
    """
    results = read_results(folder)
    report = document(results)
    drawn = {data: [*pictures(results, data)] for data in results.protocol.data}
    files = {
        "report.md": markdown(report),
        "report.csv": as_csv(results),
        "report.json": as_json(results, report),
        "report.html": page(report, drawn, legend(results)),
    }
    made = folder / "report"
    made.mkdir(exist_ok=True)
    for name, text in files.items():
        write_whole(made / name, printable(text))
    return made
