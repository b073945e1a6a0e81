"""Which files of blocks a checkpoint needs, read without running anything of it."""

import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.integration.log import warn
from yolo_slice.integration.model_files.block_key import KEY, find_file
from yolo_slice.integration.model_files.heads import HEADS
from yolo_slice.integration.model_files.parts import PARTS
from yolo_slice.integration.weights.checkpoint_header import LARGEST_PICKLE, read_model_dict
from yolo_slice.outside.block_file import DIGITS, MODULE
from yolo_slice.outside.running import run_block_file
from yolo_slice.outside.trust import VARIABLE


def prepare_blocks(checkpoint: Path, safe_only: bool | None = None) -> None:
    """Load what a checkpoint's classes need: modules of ours, and the files that the user has named or opened.

    Args:
        checkpoint: The checkpoint.
        safe_only: Whether only files that the environment names may be run; default: as it says.

    Raises:
        SliceError: If one is missing or changed: which, from where, and what to do.
    """
    text = _pickled(checkpoint)
    for known in (*PARTS.values(), *HEADS.values()):
        if known.module in text:
            import_module(known.module)  # its classes are then among torch's safe globals
    for module in _files_in(text):
        try:
            file = find_file(module, safe_only)
        except SliceError as error:
            place = _recorded(checkpoint, module)
            known = f"; the checkpoint says that they were in {place}" if place and place not in str(error) else ""
            raise SliceError(f"{checkpoint} needs {error}{known}") from None
        run_block_file(file)
        if file.module != module:
            warn(f"{checkpoint} was trained with another content of {file.path}, which {VARIABLE} names: used as it is")


def needed_modules(checkpoint: Path) -> list[str]:
    """List the modules of files of blocks that a checkpoint names; none for what is no checkpoint."""
    return _files_in(_pickled(checkpoint))


def _files_in(text: str) -> list[str]:
    return sorted({found[0] for found in MODULE.finditer(text)})


def _pickled(checkpoint: Path) -> str:
    """Return what is pickled in a checkpoint, as text; nothing of what is no checkpoint."""
    try:
        with zipfile.ZipFile(checkpoint) as archive:
            entries = [info for info in archive.infolist() if info.filename.endswith("data.pkl")]
            data = b"".join(archive.read(info) for info in entries if info.file_size <= LARGEST_PICKLE)
    except (OSError, zipfile.BadZipFile):
        return ""  # torch will tell
    return data.decode("latin-1")


def _recorded(checkpoint: Path, module: str) -> str:
    """Return where a file was when the checkpoint was written, which may be a lie."""
    records: Any = read_model_dict(checkpoint).get(KEY)
    for record in records if isinstance(records, list) else []:
        if isinstance(record, dict) and str(record.get("sha256", "")).startswith(module[-DIGITS:]):
            return str(record.get("file", ""))
    return ""
