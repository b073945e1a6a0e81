"""`yolo-slice eval`: COCO's and VOC's numbers of models, or of detections in files."""

from pathlib import Path
from typing import Any, Literal

from yolo_slice.cli.parsers import add_settings_command
from yolo_slice.errors import SliceError

EXAMPLE = "yolo-slice eval model=best.pt data=voc.yaml"


def add(commands: Any) -> None:
    """Add the command."""
    add_settings_command(commands, "eval", run_eval, EXAMPLE)


def run_eval(
    model: list[str] | None = None,
    data: str | None = None,
    truth: str | None = None,
    detections: list[str] | None = None,
    split: str | None = None,
    annotations: Path | None = None,
    imgsz: int | None = None,
    batch: int | None = None,
    conf: float = 0.001,
    iou: float = 0.7,
    max_det: int | None = None,
    device: str | None = None,
    workers: int | None = None,
    engine: Literal["pycocotools", "faster-coco-eval"] = "pycocotools",
    rule: Literal["area", "11point"] | None = None,
    sizes: list[float] = [0, 8, 16, 32, 64, 96],  # noqa: B006  only read; shown in --help
    save_json: bool = False,
    project: str = "runs/eval",
    name: str = "eval",
    exist_ok: bool = False,
) -> int:
    """Measure COCO's twelve numbers, VOC's AP and AP by object size, of models or of detections in files.

    Args:
        model: weights, several with commas; needs data=
        data: data YAML
        truth: instead of model=: ground truth from files (COCO JSON, VOC XML folder, data YAML, ...)
        detections: with truth=: COCO results, comp3 files, folder of text files; several with commas
        split: split of the data set (val if not given) or of a devkit
        annotations: COCO JSON of the split, for crowds and true areas (default: what the data YAML names)
        imgsz: image size, pixels (default: the model's)
        batch: batch size
        conf: smallest confidence
        iou: overlap above which non-maximum suppression drops a box
        max_det: detections per image
        device: cpu, 0, ...
        workers: processes that load images
        engine: library that computes COCO's numbers
        rule: VOC's rule (default: both)
        sizes: edges of the size bins, pixels (square root of the area); the last bin has no upper end
        save_json: also write ground truth and predictions as COCO JSON
        project: folder of all evaluations
        name: name of this one's folder; numbered if it is there already
        exist_ok: write into a folder that is there already
    """
    from yolo_slice.metrics import evaluation

    _check(model, data, truth, detections)
    measures = evaluation.Measures(engine, tuple(sizes), ((rule,) if rule else ("area", "11point")), save_json)
    if truth is not None:
        evaluations = evaluation.evaluate_files(truth, detections or [], measures, split)
    else:
        settings = {"data": data, "split": split, "imgsz": imgsz, "batch": batch, "conf": conf, "iou": iou}
        settings |= {"max_det": max_det, "device": device, "workers": workers}
        evaluations = evaluation.evaluate_models(model or [], measures, annotations, **settings)
    return _conclude(evaluations, project, name, exist_ok)


def _conclude(evaluations: Any, project: str, name: str, exist_ok: bool) -> int:
    from yolo_slice.integration.folders import make_run_folder
    from yolo_slice.metrics.evaluation import report_text, save_report

    folder = make_run_folder(project, name, exist_ok)
    save_report(evaluations, folder)
    print(f"\n{report_text(evaluations)}\n\nResults saved to {folder}")
    return 0


def _check(model: list[str] | None, data: str | None, truth: str | None, detections: list[str] | None) -> None:
    """Refuse settings that do not belong together, before anything runs."""
    if model and not truth and not detections:
        if not data:
            raise SliceError(f"data= is missing; for example: {EXAMPLE}")
    elif not (truth and detections and not model and not data):
        raise SliceError(f"give model= and data=, or truth= and detections=; for example: {EXAMPLE}")
