"""Look-up of the shipped YAML files by bare name, after Ultralytics' own look-up has found nothing."""

import difflib
from pathlib import Path
from types import ModuleType
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.derived import SUFFIXES
from yolo_slice.integration.model_files.stock_files import stock_model_names
from yolo_slice.integration.replacing import Function, replace
from yolo_slice.paths import CFG, find_shipped


class FileNameNotFoundError(SliceError, FileNotFoundError):
    """A YAML name that neither Ultralytics nor yolo-slice has, but that resembles one that yolo-slice has."""


def patch(checks: ModuleType) -> None:
    """Make `ultralytics.utils.checks.check_file` fall back to our cfg/."""

    def wrap(stock: Function) -> Function:
        def check_file(file: str | Path, *args: Any, **kwargs: Any) -> str | list:
            name = str(file).strip()
            shipped = find_shipped(name) if _is_bare_yaml(name) else None
            try:
                found = stock(file, *args, **kwargs)
            except FileNotFoundError as error:
                if shipped:
                    return str(shipped)
                _suggest(name, error)
                raise
            if shipped and (not found or _is_found_only_ignoring_case(found, name, checks.ROOT)):
                return str(shipped)
            return found

        return check_file

    replace(checks, "check_file", wrap)


def _is_bare_yaml(name: str) -> bool:
    return Path(name).name == name and Path(name).suffix.lower() in {".yaml", ".yml"}


def _is_found_only_ignoring_case(found: str, name: str, ultralytics_root: Path) -> bool:
    """On a disk that ignores case Ultralytics takes its VOC.yaml for our voc.yaml; a user's own file is left alone."""
    folder = Path(found).parent
    return folder.is_relative_to(ultralytics_root) and name not in {p.name for p in folder.iterdir()}


def _suggest(name: str, error: FileNotFoundError) -> None:
    """Raise an error that lists the files and derived models of ours that the name resembles, if there are any."""
    known = {p.name for p in CFG.rglob("*.yaml")} | _derivable(name)
    near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.8)
    if near and name not in known and _is_bare_yaml(name):
        raise FileNameNotFoundError(f"{error}. Similar files of yolo-slice: {', '.join(near)}") from None


def _derivable(name: str) -> set[str]:
    """List the derived models with the suffix that the name's last part resembles."""
    near = difflib.get_close_matches(Path(name).stem.rpartition("-")[2], SUFFIXES, n=1)
    return {f"{stock}-{suffix}.yaml" for suffix in near for stock in stock_model_names()}
