"""`yolo-slice compare`: trainings side by side."""

from typing import Any

from yolo_slice.cli.parsers import add_settings_command

EXAMPLE = "yolo-slice compare runs/detect baseline=yolov8n"


def add(commands: Any) -> None:
    """Add the command."""
    add_settings_command(commands, "compare", run_compare, EXAMPLE)


def run_compare(
    *runs: str,
    baseline: str | None = None,
    ignore: list[str] = [],  # noqa: B006  only read; shown in --help
    project: str = "runs/compare",
    name: str = "compare",
    exist_ok: bool = False,
) -> int:
    """Compare trainings: one table and one picture of models, with the spread over their seeds.

    Args:
        *runs: Run folders of `yolo train`, folders that contain some, or globs of either.
        baseline: Model that differences are to: its name in the table, its model file or one of its runs.
        ignore: Settings in which runs of one model may differ, such as data (the same set at two places).
        project: Folder of the comparisons.
        name: Name of this one; a number is added to one that exists.
        exist_ok: Write into an existing comparison.
    """
    from yolo_slice.compare.files import compare_folders, save
    from yolo_slice.compare.table import markdown

    comparison = compare_folders(runs, baseline, ignore)
    folder = save(comparison, project, name, exist_ok)
    print(f"\n{markdown(comparison)}\nResults saved to {folder}")
    return 0
