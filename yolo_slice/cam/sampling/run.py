"""Pictures of where models sample, of every image of a source, in a folder of their own."""

from pathlib import Path, PurePath

import numpy as np

from yolo_slice.atomic_file import write_whole
from yolo_slice.cam.image_input import check_image
from yolo_slice.cam.run.rendering import Look
from yolo_slice.cam.run.settings import CamSettings, describe_run
from yolo_slice.cam.sampling.picture import draw_places
from yolo_slice.cam.sampling.places import sampled_places
from yolo_slice.errors import SliceError
from yolo_slice.image_files import write_picture
from yolo_slice.integration import log
from yolo_slice.integration.folders import make_run_folder
from yolo_slice.integration.inference.model_input import input_size, prepare
from yolo_slice.integration.inference.sources import Frame, read_source
from yolo_slice.integration.weights.snapshot import snapshot, trained_imgsz
from yolo_slice.short_names import short_names


def draw_sampling(settings: CamSettings) -> Path:
    """Draw where the blocks of each model sample, a picture for each image and model, and return the run's folder.

    Raises:
        SliceError: If a model or source is not there, a model has no such block, or the source has no images.
    """
    look = Look(settings.colormap, settings.alpha)
    names = short_names(settings.model)
    models = [snapshot(model, settings.device) for model in settings.model]
    images = [frame for frame in read_source(settings.source) if frame.kind == "image"]
    if not images:
        raise SliceError(f"source={settings.source}: method=saliency draws images, and there are none")
    drawn = {}
    for name, model in zip(names, models, strict=True):
        size = input_size(trained_imgsz(model) if settings.imgsz is None else settings.imgsz, model)
        for frame in log.progress(images, "saliency"):
            x, _ = prepare(check_image(frame.image), model, size)
            picture = np.rint(x.numpy()[::-1].transpose(1, 2, 0) * 255).astype(np.uint8)
            drawn[_stem(frame, name if len(names) > 1 else "", drawn)] = draw_places(
                np.ascontiguousarray(picture), sampled_places(model, x, settings.layers), look
            )
    folder = make_run_folder(settings.project, settings.name, settings.exist_ok)
    write_whole(folder / "args.yaml", describe_run("yolo-slice cam", settings))
    for stem, picture in drawn.items():
        write_picture(folder / f"{stem}.jpg", picture)
    return folder


def _stem(frame: Frame, model: str, taken: dict) -> str:
    """Return a name for a picture's file that no other has."""
    wanted = "-".join(filter(None, [PurePath(frame.path).stem, model, "saliency"]))
    return wanted if wanted not in taken else f"{wanted}-{len(taken)}"
