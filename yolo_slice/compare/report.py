"""Run folders compared, and the comparison as a folder: table, numbers and curves."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.compare.comparison import Comparison, compare
from yolo_slice.compare.plot import draw, png
from yolo_slice.compare.run_folders import find_runs
from yolo_slice.compare.runs import read_runs
from yolo_slice.compare.table import as_csv, as_json, markdown
from yolo_slice.integration.folders import make_run_folder


def compare_folders(
    runs: Iterable[str | Path], baseline: str | None = None, ignore: Collection[str] = ()
) -> Comparison:
    """Find, read and compare runs; those that cannot be compared are named in the warnings.

    Args:
        runs: Run folders of `yolo train`, folders that contain some, or globs of either.
        baseline: Model that differences are to: its name in the table, its model file or one of its runs.
        ignore: Settings in which runs of one model may differ.

    Raises:
        SliceError: If no run can be compared, a place does not exist, or the baseline is not among the models.
    """
    read, faults = read_runs(find_runs(runs))
    comparison = compare(read, baseline, ignore)
    return replace(comparison, warnings=(*(f"left out: {fault}" for fault in faults), *comparison.warnings))


def save_comparison(comparison: Comparison, project: str, name: str, exist_ok: bool = False) -> Path:
    """Write comparison.md, .csv, .json and .png into a run folder; nothing is written if one of them cannot be made.

    Args:
        comparison: What to write.
        project: Folder of the comparisons.
        name: Name of this one; a number is added to one that exists.
        exist_ok: Write into an existing one.
    """
    files = {
        "comparison.md": markdown(comparison).encode(),
        "comparison.csv": as_csv(comparison).encode(),
        "comparison.json": as_json(comparison).encode(),
        "comparison.png": png(draw({model.label: [run.curves for run in model.runs] for model in comparison.models})),
    }
    folder = make_run_folder(project, name, exist_ok)
    for file, content in files.items():
        write_whole(folder / file, content)
    return folder
