"""The class names in a checkpoint, read without torch: its pickle is walked through, nothing in it is run."""

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError

ZIP, PICKLE = b"PK\x03\x04", b"\x80"  # what torch.save writes, since 1.6 and before
LARGEST_PICKLE = 64 << 20  # bytes; that of a detector has less than one million, its weights lie beside it


class _Thing(dict):
    """Stands for an object of any class, and for the class: takes whatever a pickle does to it, and keeps its state."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.state: Any = {}

    def __call__(self, *_: Any, **__: Any) -> "_Thing":
        return _Thing()

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def append(self, _: Any) -> None: ...
    def extend(self, _: Any) -> None: ...
    def add(self, _: Any) -> None: ...
    def __hash__(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return id(self)


class _Walker(pickle.Unpickler):
    """Knows no class but that of ordered dictionaries, and no tensor."""

    def find_class(self, module: str, name: str) -> Any:
        return OrderedDict if (module, name) == ("collections", "OrderedDict") else _Thing

    def persistent_load(self, _: Any) -> None:
        return None


def read_class_names(file: Path) -> dict[int, str] | None:
    """Read the names of a model's classes; None where they are not to be had without torch.

    Raises:
        SliceError: If the file is no checkpoint, or cut short.
    """
    try:
        with file.open("rb") as opened:
            start = opened.read(4)
        if not start:
            raise SliceError(f"{file}: the file is empty; copy or download it again")
        if not start.startswith((ZIP, PICKLE)):
            raise SliceError(f"{file}: not a PyTorch checkpoint; it begins with {start!r}")
        return _names(_walk(file)) if start == ZIP else None
    except zipfile.BadZipFile:
        size = f"{file.stat().st_size:,} bytes"
        raise SliceError(f"{file}: a checkpoint that is cut short or damaged ({size}); copy it again") from None


def read_model_dict(file: Path) -> dict[Any, Any]:
    """Read the content of the model file that a checkpoint's model was built from; empty where it is not to be had."""
    try:
        state = _state(_walk(file))
    except (OSError, zipfile.BadZipFile, SliceError):
        return {}
    found = state.get("yaml")
    return found if isinstance(found, dict) else {}


def _walk(file: Path) -> Any:
    with zipfile.ZipFile(file) as archive:
        entry = next((info for info in archive.infolist() if info.filename.endswith("/data.pkl")), None)
        if entry is None:
            raise SliceError(f"{file}: a ZIP archive, and no PyTorch checkpoint")
        if entry.file_size > LARGEST_PICKLE:
            return None
        with archive.open(entry) as stream:
            try:
                return _Walker(stream).load()
            except zipfile.BadZipFile:
                raise
            except Exception:  # a pickle may ask for anything; whether this one is right, torch will tell
                return None


def _names(checkpoint: Any) -> dict[int, str] | None:
    names = _state(checkpoint).get("names")
    pairs = names.items() if isinstance(names, dict) else enumerate(names) if isinstance(names, list) else ()
    found = {index: name for index, name in pairs if isinstance(index, int) and isinstance(name, str)}
    return found or None


def _state(checkpoint: Any) -> dict[Any, Any]:
    """Return the attributes of a checkpoint's model."""
    models = [checkpoint.get(key) for key in ("ema", "model")] if isinstance(checkpoint, dict) else []
    state = next((model.state for model in models if isinstance(model, _Thing)), None)  # as for Ultralytics
    return state if isinstance(state, dict) else {}
