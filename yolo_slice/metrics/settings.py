"""The settings of an evaluation."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from yolo_slice.errors import SliceError

Engine = Literal["pycocotools", "faster-coco-eval"]
Rule = Literal["area", "11point"]
Protocol = Literal["aitod", "visdrone"]
EXAMPLE = "yolo-slice eval model=best.pt data=voc.yaml"
FEWEST_DRAWS = 100  # below, the ends of a 95 % interval are the luck of two or three draws
SIZES_PX = (0.0, 8.0, 16.0, 32.0, 64.0, 96.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What to measure.

    Attributes:
        engine: Library that computes COCO's numbers.
        rule: VOC's rule; default: both.
        protocol: Measure AP and AR by the rules of a data set of small objects, too.
        regions: For protocol=visdrone, the folder of the data set's annotations, of which the ignored regions are read;
            default: the objects of a class of that name.
        sizes: Edges of the size bins, pixels (square root of the area); the last bin has no upper end.
        errors: Count each kind of error, measure what it costs, by class and by object size, and show the worst on a
            page, errors.html.
        interval: Draws of the images for a 95 % interval of AP, AP50 and AP_S, for example 1000; 0: none.
        save_json: Write ground truth and predictions as COCO JSON, too.
    """

    engine: Engine = "pycocotools"
    rule: Rule | None = None
    protocol: Protocol | None = None
    regions: Path | None = None
    sizes: tuple[float, ...] = SIZES_PX
    errors: bool = False
    interval: int = 0
    save_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalSettings(Measures):
    """Measure COCO's twelve numbers, VOC's AP and AP by object size, of models or of detections in files.

    Attributes:
        model: Weights, several with commas; needs data=.
        data: Data YAML.
        truth: Instead of model=: ground truth from files: COCO JSON, VOC XML folder, data YAML, a folder with one of
            these, ...
        detections: With truth=: COCO results, comp3 files, folder of text files; several with commas.
        split: Split of the data set, of a VOC folder or of a devkit; default: val, of VOC every annotation.
        annotations: COCO JSON of the split, for crowds and true areas; default: what the data YAML names, else the
            labels and the side files of a conversion.
        images: Folder of the images, for the pictures of errors=True where truth= does not say where they are.
        imgsz: Image size, pixels; default: the model's.
        batch: Batch size; default: Ultralytics'.
        conf: Smallest confidence.
        iou: Overlap above which non-maximum suppression drops a box.
        max_det: Detections per image; default: as many as the protocol counts, else Ultralytics'.
        device: cpu, 0, mps, ...; default: a GPU if there is one.
        workers: Processes that load images; default: Ultralytics'.
        project: Folder of all evaluations.
        name: Name of this one's folder; a number is added to one that exists.
        exist_ok: Write into a folder that exists.
    """

    model: tuple[str, ...] = ()
    data: str | None = None
    truth: str | None = None
    detections: tuple[str, ...] = ()
    split: str | None = None
    annotations: Path | None = None
    images: Path | None = None
    imgsz: int | None = None
    batch: int | None = None
    conf: float = 0.001
    iou: float = 0.7
    max_det: int | None = None
    device: str | None = None
    workers: int | None = None
    project: str = "runs/eval"
    name: str = "eval"
    exist_ok: bool = False

    def __post_init__(self) -> None:
        of_models = self.model and self.data and not self.truth and not self.detections
        of_files = self.truth and self.detections and not self.model and not self.data
        if not (of_models or of_files):
            raise SliceError(f"give model= and data=, or truth= and detections=; for example: {EXAMPLE}")
        if self.interval and self.interval < FEWEST_DRAWS:
            raise SliceError(f"interval={self.interval}: expected 0 for none, or at least {FEWEST_DRAWS} draws")
