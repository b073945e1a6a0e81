"""Which files of blocks may be run: those that the user has named or opened. A checkpoint alone runs nothing.

Named: `YOLO_SLICE_BLOCKS=path`, several with the system's separator of paths. Opened: a model file with the key
`blocks`, at any time; the path of its blocks is kept under the hash of their content, beside Ultralytics' settings. A
checkpoint says by a hash which content it needs. What it says of a path is shown to people and never followed.
"""

import os
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.errors import SliceError
from yolo_slice.outside.block_file import BlockFile, read_block_file, stem_of
from yolo_slice.paths import ultralytics_config

VARIABLE = "YOLO_SLICE_BLOCKS"


def named_paths() -> list[Path]:
    """List the files that the environment names."""
    words = os.environ.get(VARIABLE, "").split(os.pathsep)
    return [Path(word.strip()).expanduser().absolute() for word in words if word.strip()]


def is_safe_only() -> bool:
    """Tell whether Ultralytics is asked to load nothing that may run code."""
    return os.environ.get("ULTRALYTICS_SAFE_LOAD", "").strip().lower() in {"1", "true", "yes", "on"}


def check_may_run(path: Path, asked_by: str) -> None:
    """Refuse to run a file that the environment does not name, where nothing else may be run.

    Args:
        path: The file.
        asked_by: Who wants it, for the message.

    Raises:
        SliceError: If ULTRALYTICS_SAFE_LOAD is set and the file is not named.
    """
    if is_safe_only() and path.resolve() not in {named.resolve() for named in named_paths()}:
        raise SliceError(f"{asked_by} needs the blocks of {path}; {_only_named(path)}")


def remember(file: BlockFile) -> bool:
    """Keep where a file is that the user has opened, for later processes; tell whether that could be written."""
    entry = _kept() / file.sha256
    try:
        if not (entry.is_file() and entry.read_text(encoding="utf-8") == str(file.path)):
            entry.parent.mkdir(parents=True, exist_ok=True)
            write_whole(entry, str(file.path))
    except (OSError, ValueError):  # SliceError is a ValueError
        return False
    return True


def find_trusted(stem: str, digest: str, safe_only: bool | None = None) -> BlockFile:
    """Find the file whose content a checkpoint needs, among those that the user has named or opened.

    A named file of the same name is taken in any case: that is how a changed one is used on purpose.

    Args:
        stem: The file's name in the checkpoint.
        digest: The beginning of its hash there.
        safe_only: Whether only named files may be run; default: as the environment says.

    Raises:
        SliceError: If there is none, with what is known of it.
    """
    named = [_read(path) for path in named_paths()]
    found = [file for file in named if file and file.sha256.startswith(digest)]
    found += [file for file in named if file and stem_of(file.path) == stem]
    if found:
        return found[0]
    opened = _opened(digest)
    what = f"the blocks of {stem}.py as they were (sha256 {digest}...)"
    for sha256, path in opened:
        file = _read(path)
        if file and file.sha256 == sha256:
            if is_safe_only() if safe_only is None else safe_only:
                raise SliceError(f"{what}; {_only_named(path)}")
            return file
    raise SliceError(_explain(stem, what, [path for _, path in opened]))


def _only_named(path: Path) -> str:
    return f"with ULTRALYTICS_SAFE_LOAD a file is run only where it is named: set {VARIABLE}={path}"


def _explain(stem: str, what: str, opened: list[Path]) -> str:
    changed = next((path for path in opened if path.is_file()), None)
    if changed:
        return (
            f"{what}, and {changed} has been changed since: bring that content back, or, if the change does not matter "
            f"to these weights, set {VARIABLE}={changed}"
        )
    if opened:
        return f"{what}; they were in {opened[0]}, which is gone: bring it back, or set {VARIABLE}=path/to/{stem}.py"
    return (
        f"{what}, which were not opened on this machine: if you trust that file, set {VARIABLE}=path/to/{stem}.py, or "
        f"open the model file that names it"
    )


def _kept() -> Path:
    return ultralytics_config() / "yolo-slice-blocks"


def _opened(digest: str) -> list[tuple[str, Path]]:
    """List what was opened with such a hash: the whole hash, and the path."""
    try:
        entries = [entry for entry in _kept().iterdir() if entry.name.startswith(digest) and len(entry.name) == 64]
        return [(entry.name, Path(entry.read_text(encoding="utf-8"))) for entry in entries]
    except (OSError, ValueError):
        return []


def _read(path: Path) -> BlockFile | None:
    try:
        return read_block_file(path)
    except SliceError:
        return None
