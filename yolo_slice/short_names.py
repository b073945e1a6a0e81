"""Names of models in tables and pictures, as short as tells them apart."""

from collections.abc import Sequence
from pathlib import PurePath


def short_names(paths: Sequence[str]) -> list[str]:
    """Name files: a run's folder for its best.pt, the stem otherwise, and more of the path where that is not enough.

    Example:
        >>> short_names(["runs/detect/slice/weights/best.pt", "weights/yolov8n.pt"])
        ['slice', 'yolov8n']
        >>> short_names(["a/x.pt", "b/x.pt"]), short_names(["a/weights/best.pt", "a/weights/last.pt"])
        (['a/x', 'b/x'], ['best', 'last'])
        >>> short_names([".", "/"])
        ['.', '/']
    """
    candidates = [_candidates(path) for path in paths]
    names = []
    for i, own in enumerate(candidates):
        taken = {name for j, others in enumerate(candidates) if j != i for name in others}
        names.append(next((name for name in own if name not in taken), paths[i]))
    return names


def _candidates(path: str) -> list[str]:
    """List the names of a file, the best first."""
    file = PurePath(path)
    parts = file.with_suffix("").parts if file.name else ()
    is_of_run = len(parts) > 2 and parts[-1] in ("best", "last") and parts[-2] == "weights"
    return [*(parts[-3:-2] if is_of_run else ()), *("/".join(parts[-n:]) for n in range(1, len(parts) + 1))]
