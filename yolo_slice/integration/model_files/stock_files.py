"""The model files and data YAMLs that Ultralytics ships."""

from pathlib import Path


def stock_dataset_yaml(name: str) -> Path:
    """Return the path of a data YAML that ships with Ultralytics, such as VOC.yaml."""
    from ultralytics.utils import ROOT

    return ROOT / "cfg" / "datasets" / name


def stock_model_yaml(name: str) -> Path:
    """Return the path of a model file that ships with Ultralytics, such as yolov8.yaml."""
    from ultralytics.utils import ROOT

    return next((ROOT / "cfg" / "models").rglob(name))


def stock_model_names() -> list[str]:
    """List the names of the model files that ship with Ultralytics, without `.yaml`."""
    from ultralytics.utils import ROOT

    return sorted(file.stem for file in (ROOT / "cfg" / "models").rglob("*.yaml"))
