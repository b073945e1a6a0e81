"""Mistakes in a conversion that can be told before torch is loaded, which takes seconds."""

from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.integration.weights.model_name import check_checkpoint
from yolo_slice.transfer.image_choice import check_images
from yolo_slice.transfer.settings import ConvertSettings, Form


def check_conversion(settings: ConvertSettings) -> None:
    """Refuse a conversion that cannot be; what only the model or the images can tell comes later.

    Raises:
        SliceError: With the first mistake.
    """
    choose_file(settings.to, settings.data, settings.model, settings.out)
    check_checkpoint(settings.model)
    if settings.data is not None:
        check_images(settings.data, settings.images)


def choose_file(to: Form, data: str | Path | None, model: str | Path, out: str | Path | None) -> Path:
    """Check that a form can be had, and choose a name that is free.

    Args:
        to: The form.
        data: Images to calibrate on.
        model: Name of the checkpoint that is converted.
        out: The file that is wanted; None: MODEL-TO.pt in the current folder.

    Raises:
        SliceError: If the form is not known or needs images, or the file is there, or its folder is not.
    """
    if to not in Form.__args__:
        raise SliceError(f"to={to}: expected one of {', '.join(Form.__args__)}")
    if data is None and not to.startswith("spd"):
        raise SliceError(f"to={to} is fitted on images, and data= is missing: a data YAML or a folder of images")
    file = Path(out or f"{Path(model).stem}-{to}.pt")
    if file.exists():
        raise SliceError(f"{file} exists; remove it, or name another file with out=")
    if not file.parent.is_dir():
        raise SliceError(f"{file.parent} is not a folder; out= must be a file in a folder that exists")
    return file
