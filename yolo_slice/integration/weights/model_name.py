"""What `model=` names, looked at without loading it and without torch."""

from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.integration.installed import constant, stored_setting
from yolo_slice.integration.model_files.model_names import check_model_file
from yolo_slice.integration.weights.checkpoint_header import read_class_names


def check_model(model: str) -> dict[int, str] | None:
    """Refuse a model that is not there, or is a checkpoint that cannot be read.

    Args:
        model: Weights, an exported model, a model file, or the name of weights that Ultralytics downloads.

    Returns:
        Its classes, where they are to be had without torch.

    Raises:
        SliceError: If it is not there, or damaged.
    """
    path = Path(model)
    if path.suffix in (".yaml", ".yml"):
        check_model_file(model)
    elif path.is_file():
        return _names(path) if path.suffix == ".pt" else None
    elif not (path.exists() or "://" in model or _may_be_downloaded(path)):
        raise SliceError(f"model={model} does not exist")
    return None


def check_checkpoint(model: str | Path) -> dict[int, str] | None:
    """Refuse what is not the name of a checkpoint, or one that is not there; see `check_model`.

    Raises:
        SliceError: If it is an exported model, a model file, ..., or not there, or damaged.
    """
    if Path(model).suffix != ".pt":
        raise SliceError(f"model={model}: expected a checkpoint, such as best.pt; its weights are what is converted")
    return check_model(str(model))


def _names(file: Path) -> dict[int, str] | None:
    try:
        return read_class_names(file)
    except SliceError as error:
        raise SliceError(f"model={error}") from None


def _may_be_downloaded(path: Path) -> bool:
    """Tell whether Ultralytics has weights of this name in its folder or to download; YOLOv5's may lack their u."""
    names = (path.name, f"{path.stem}.pt", f"{path.stem}u.pt")
    is_offered = any(name in constant("utils.downloads", "GITHUB_ASSETS_NAMES") for name in names)
    return is_offered or Path(stored_setting("weights_dir") or "weights", path).exists()
