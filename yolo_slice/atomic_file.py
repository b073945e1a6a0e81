"""Files that are there completely or not at all."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.write_lock import only_writer


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path; rename it to `path` on success, remove it after an error.

    Raises:
        SliceError: If the file cannot be written, or another process is writing it.
    """
    if not path.name:
        raise SliceError(f"{path} could not be written (Is a directory)")
    partial = _partial(path)
    try:
        with _only_writer(path):
            try:
                yield partial
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
    except OSError as fault:
        raise SliceError(f"{path} could not be written ({fault.strerror or fault})") from fault


def remove_whole(path: Path) -> None:
    """Remove a file, if it is there, and what a writer that was killed left beside it."""
    with _only_writer(path):
        _partial(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _partial(path: Path) -> Path:
    return path.with_name(f"{path.stem}.partial{path.suffix}")


def _only_writer(path: Path) -> AbstractContextManager[bool]:
    partial = _partial(path)
    return only_writer(path, partial.with_name(f"{partial.name}.lock"))


def write_whole(path: Path, content: bytes | memoryview | str) -> None:
    """Write a file; text in UTF-8, line ends as they are, and what UTF-8 cannot say as an escape of JSON."""
    with whole_file(path) as partial:
        partial.write_bytes(content.encode(errors="backslashreplace") if isinstance(content, str) else content)
