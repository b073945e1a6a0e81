"""Mistakes that can be told before torch is loaded, which takes seconds: what is not there, and classes of no model."""

from yolo_slice.cam.run.rendering import Look
from yolo_slice.cam.run.settings import CamSettings
from yolo_slice.cam.score.class_names import match_some
from yolo_slice.cam.score.data import choose_classes
from yolo_slice.cam.score.settings import ScoreSettings
from yolo_slice.cam.target_words import parse_target
from yolo_slice.integration.data.data_yaml import check_data
from yolo_slice.integration.folders import check_run_folder
from yolo_slice.integration.inference.source_name import check_source
from yolo_slice.integration.weights.model_name import check_model


def check_run(settings: CamSettings) -> None:
    """Refuse a run of `yolo-slice cam` that cannot be; what only the model or the pictures can tell comes later.

    Raises:
        SliceError: With the first mistake.
    """
    check_source(settings.source)
    Look(settings.colormap, settings.alpha, settings.boxes)
    words = [*(settings.classes or ()), *([settings.target] if settings.target else [])]
    for names in filter(None, _check_models(settings)):
        for word in words:
            parse_target(word, names)


def check_score(settings: ScoreSettings) -> None:
    """Refuse a run of `yolo-slice cam score` that cannot be.

    Raises:
        SliceError: With the first mistake.
    """
    data = check_data(settings.data, settings.split)
    names = dict(enumerate(data.names or ()))
    wanted = choose_classes(settings.classes, names)
    for model, known in zip(settings.model, _check_models(settings), strict=True):
        if known and names:
            match_some({index: names[index] for index in wanted}, known, model)


def _check_models(settings: CamSettings | ScoreSettings) -> list[dict[int, str] | None]:
    """Return the classes of each model, where they are to be had without torch."""
    check_run_folder(settings.project, settings.name)
    return [check_model(model) for model in settings.model]
