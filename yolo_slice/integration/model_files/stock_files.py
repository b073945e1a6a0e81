"""The model files and data YAMLs that Ultralytics ships; they are found without importing it."""

from pathlib import Path

from yolo_slice.integration.installed import ultralytics_root


def stock_dataset_yaml(name: str) -> Path:
    """Return the path of a data YAML that ships with Ultralytics, such as VOC.yaml."""
    return ultralytics_root() / "cfg" / "datasets" / name


def stock_model_yaml(name: str) -> Path:
    """Return the path of a model file that ships with Ultralytics, such as yolov8.yaml."""
    return next((ultralytics_root() / "cfg" / "models").rglob(name))


def stock_model_names() -> list[str]:
    """List the names of the model files that ship with Ultralytics, without `.yaml`."""
    return sorted(file.stem for file in (ultralytics_root() / "cfg" / "models").rglob("*.yaml"))


def find_stock_yaml(name: str) -> Path | None:
    """Find a YAML that ships with Ultralytics by its bare name, in exactly this spelling on every disk."""
    return {file.name: file for file in (ultralytics_root() / "cfg").rglob("*.yaml")}.get(name)
