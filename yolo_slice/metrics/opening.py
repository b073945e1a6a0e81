"""Mistakes in an evaluation that can be told before torch is loaded, which takes seconds."""

from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.integration.data.data_yaml import check_data, find_annotations
from yolo_slice.integration.folders import check_run_folder
from yolo_slice.integration.weights.model_name import check_model
from yolo_slice.metrics.coco_engine import load_engine
from yolo_slice.metrics.settings import EvalSettings


def check_evaluation(settings: EvalSettings) -> None:
    """Refuse an evaluation that cannot be; what only the models or the files can tell comes later.

    Raises:
        SliceError: With the first mistake.
    """
    load_engine(settings.engine)
    check_run_folder(settings.project, settings.name)
    if settings.annotations is not None and not settings.annotations.is_file():
        raise SliceError(f"annotations={settings.annotations} does not exist")
    if settings.images is not None and not settings.images.is_dir():
        raise SliceError(f"images={settings.images} is not a folder")
    if settings.regions is not None and settings.protocol != "visdrone":
        raise SliceError(f"regions={settings.regions} is for protocol=visdrone")
    if settings.regions is not None and not settings.regions.is_dir():
        raise SliceError(f"regions={settings.regions} is not a folder")
    for model in settings.model:
        check_model(model)
    if settings.data is not None:
        split = settings.split or "val"
        opened = check_data(settings.data, split)
        find_annotations({**opened.settings, "path": opened.root, "yaml_file": opened.file}, split)
    files = [("truth", settings.truth), *(("detections", source) for source in settings.detections)]
    for key, file in files:
        if file and not Path(file).exists() and not (key == "detections" and "*" in file):
            raise SliceError(f"{key}={file} does not exist")
