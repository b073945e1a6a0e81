"""The settings of a comparison."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareSettings:
    """Compare trainings: one table and one picture of models, with the spread over their seeds.

    Attributes:
        runs: Run folders of `yolo train`, folders that contain some, or globs of either.
        baseline: Model that differences are to: its name in the table, its model file or one of its runs.
        ignore: Settings in which runs of one model may differ, such as data (the same set at two places).
        project: Folder of the comparisons.
        name: Name of this one; a number is added to one that exists.
        exist_ok: Write into an existing comparison.
    """

    runs: tuple[str, ...]
    baseline: str | None = None
    ignore: tuple[str, ...] = ()
    project: str = "runs/compare"
    name: str = "compare"
    exist_ok: bool = False
