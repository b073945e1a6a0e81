"""The files that Ultralytics ships, and how it takes image files."""

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


def image_suffixes() -> frozenset[str]:
    """Return the suffixes by which Ultralytics knows an image: lower case, no dot."""
    from ultralytics.data.utils import IMG_FORMATS

    return frozenset(IMG_FORMATS)


def read_image_wh(file: Path) -> tuple[int, int]:
    """Read an image's width and height in pixels from its header, turned by its EXIF orientation, as for training.

    Raises:
        OSError: If the file cannot be opened as an image; Pillow raises other kinds, too, on broken headers.
    """
    from PIL import Image
    from ultralytics.data.utils import exif_size

    with Image.open(file) as image:
        return exif_size(image)
