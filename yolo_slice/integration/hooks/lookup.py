"""Look-up of the shipped YAML files by bare name, after Ultralytics' own look-up has found nothing."""

from pathlib import Path
from types import ModuleType
from typing import Any

from yolo_slice.integration.model_files.model_names import refuse_misspelt
from yolo_slice.integration.replacing import Function, replace
from yolo_slice.paths import find_shipped


def patch(checks: ModuleType) -> None:
    """Make `ultralytics.utils.checks.check_file` fall back to our cfg/."""

    def wrap(stock: Function) -> Function:
        def check_file(file: str | Path, *args: Any, **kwargs: Any) -> str | list:
            name = str(file).strip()
            shipped = find_shipped(name) if _is_bare_yaml(name) else None
            try:
                found = stock(file, *args, **kwargs)
            except FileNotFoundError:
                if shipped:
                    return str(shipped)
                if _is_bare_yaml(name):
                    refuse_misspelt(name)
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
