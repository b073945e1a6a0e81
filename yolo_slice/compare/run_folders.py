"""Where the runs of `yolo train` are."""

import glob
import re
from collections.abc import Iterable
from pathlib import Path

from yolo_slice.errors import SliceError

EXPECTED = "expected run folders of `yolo train`, globs of them, or folders that contain some"


def find_runs(places: Iterable[str | Path]) -> list[Path]:
    """Find run folders, each once, in the order given; in a folder of runs, by name with numbers as numbers.

    Args:
        places: Run folders, folders above run folders, or globs of either. A folder without a run is returned, too:
            reading it says what is missing.

    Raises:
        SliceError: If one of the places does not exist.
    """
    found: dict[Path, Path] = {}
    for place in places:
        matches = [Path(place)] if Path(place).exists() else sorted(map(Path, _matches(str(place))), key=_natural)
        if not matches:
            raise SliceError(f"{place}: no such folder; {EXPECTED}")
        for run in (run for match in matches for run in _runs_below(match)):
            found.setdefault(run.resolve(), run)
    return list(found.values())


def _matches(pattern: str) -> list[str]:
    return glob.glob(pattern, recursive=True)  # noqa: PTH207  Path.glob takes no absolute pattern


def _runs_below(folder: Path) -> list[Path]:
    """List the runs in a folder of runs; a run, or a folder without any, is its own list."""
    if (folder / "args.yaml").is_file() or (folder / "results.csv").is_file():
        return [folder]
    below = {file.parent for name in ("args.yaml", "results.csv") for file in folder.rglob(name)}
    return sorted(below, key=_natural) or [folder]


def _natural(path: Path) -> list[str | int]:
    """Sort key by which train2 comes before train10.

    Example:
        >>> [path.name for path in sorted([Path("train10"), Path("train2"), Path("train")], key=_natural)]
        ['train', 'train2', 'train10']
    """
    return [int(part) if i % 2 else part for i, part in enumerate(re.split(r"(\d+)", path.as_posix()))]
