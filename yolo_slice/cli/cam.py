"""`yolo-slice cam` and `yolo-slice cam score`: what a network looks at, in pictures and in numbers."""

import argparse
import inspect
from typing import Any, Literal

from yolo_slice.cli.parsers import add_settings_command
from yolo_slice.cli.settings import describe_settings, read_settings

EXAMPLE = "yolo-slice cam model=best.pt source=image.jpg classes=person,horse"
SCORE_EXAMPLE = "yolo-slice cam score model=a.pt,b.pt data=voc.yaml method=gradcam,eigencam"


def add(commands: Any) -> None:
    """Add the commands; `score` is a first word, because the settings of both are words, too."""
    parser = add_settings_command(commands, "cam", run_cam, EXAMPLE)
    title = f"yolo-slice cam score: {(inspect.getdoc(run_score) or '').splitlines()[0]}"
    parser.epilog = "\n\n".join([parser.epilog or "", title, f"  {SCORE_EXAMPLE}", describe_settings(run_score)])
    draw = parser.get_default("run")

    def run(arguments: argparse.Namespace) -> int:
        if arguments.tokens[:1] != ["score"]:
            return draw(arguments)
        return run_score(**read_settings(run_score, arguments.tokens[1:], SCORE_EXAMPLE)[1])

    parser.set_defaults(run=run)


def run_cam(
    model: list[str],
    source: str,
    classes: list[str] | None = None,
    target: str | None = None,
    method: list[str] = ["hirescam"],  # noqa: B006 (never changed)
    layers: list[int] | None = None,
    merge: Literal["max", "mean"] = "max",
    conf: float = 0.25,
    imgsz: int | None = None,
    device: str | None = None,
    batch: int = 8,
    colormap: str = "inferno",
    alpha: float = 0.5,
    boxes: bool = True,
    vid_stride: int = 1,
    video_scale: Literal["running", "frame"] = "running",
    save_npy: bool = True,
    sheet: bool = True,
    rows: int = 20,
    project: str = "runs/cam",
    name: str = "cam",
    exist_ok: bool = False,
) -> int:
    """Draw what a network looks at: class activation maps of images, folders, videos and streams.

    Args:
        model: Weights or model file, or several with commas: one column of the contact sheet each.
        source: Image, folder, glob, video, list of files (.txt), stream, camera number or screen.
        classes: Explain these classes, one map each; without it and target=, all detections in one map.
        target: Explain one thing: "#0" is the surest detection, "10,20,200,300" the one in this box (xyxy, pixels),
            "all" all detections.
        method: hirescam, layercam, gradcam (what papers show; on a detector little better than chance: docs/cam.md),
            gradcam++, xgradcam, eigencam or scorecam, or several with commas.
        layers: Numbers of the layers to look at; default: all inputs of the head.
        merge: How the maps of several layers become one: max or mean.
        conf: Score from which something counts as detected.
        imgsz: Size in pixels of the model's input; default: as it was trained.
        device: cpu, 0, mps, ...; default: a GPU if there is one.
        batch: Images explained together.
        colormap: inferno, viridis, cividis (safe for the colour-blind), jet (what most papers show), or another of
            OpenCV's.
        alpha: Opacity of the map, 0 to 1.
        boxes: Draw the boxes that are explained.
        vid_stride: Take every n-th frame of a video.
        video_scale: Brightness of a video's maps: running (by the maximum of the last seconds, steady) or frame (each
            frame by its own).
        save_npy: Write each image's map as .npy, too.
        sheet: Write contact sheets (PNG and HTML).
        rows: Rows of one contact sheet.
        project: Folder of the runs.
        name: Name of the run; a number is added to one that exists.
        exist_ok: Write into an existing run.
    """
    settings = dict(locals())
    from yolo_slice.cam.run.run import draw_maps
    from yolo_slice.cam.run.settings import CamSettings

    print(f"maps in {draw_maps(CamSettings(**settings))}")
    return 0


def run_score(
    model: list[str],
    data: str,
    split: Literal["train", "val", "test"] = "val",
    classes: list[str] | None = None,
    method: list[str] = ["hirescam"],  # noqa: B006 (never changed)
    layers: list[int] | None = None,
    merge: Literal["max", "mean"] = "max",
    images: int | None = None,
    perturbed: int = 10,
    steps: int = 20,
    tolerance: float = 15.0,
    conf: float = 0.25,
    imgsz: int | None = None,
    device: str | None = None,
    batch: int = 8,
    seed: int = 0,
    project: str = "runs/cam",
    name: str = "score",
    exist_ok: bool = False,
) -> int:
    """Measure on labelled images how far maps can be trusted.

    Args:
        model: Weights, or several with commas.
        data: Data YAML of a data set with boxes.
        split: train, val or test.
        classes: Only these classes of the data set; default: all that the model knows by name.
        method: One or several of cam's methods, with commas.
        layers: As in cam.
        merge: As in cam.
        images: Draw so many images; default: all with a labelled object.
        perturbed: Measure insertion and deletion on so many of them; 0: not at all.
        steps: Pictures of one insertion or deletion curve, less one.
        tolerance: Pixels that the pointing game allows beside a box.
        conf: As in cam.
        imgsz: As in cam.
        device: As in cam.
        batch: As in cam.
        seed: Decides which images are drawn, the random maps and the order of equal pixels.
        project: Folder of the runs.
        name: Name of the run; a number is added to one that exists.
        exist_ok: Write into an existing run.
    """
    settings = dict(locals())
    from yolo_slice.cam.score.run import score_maps
    from yolo_slice.cam.score.settings import ScoreSettings
    from yolo_slice.cam.score.table import ALL, to_markdown

    folder, rows = score_maps(ScoreSettings(**settings))
    print(to_markdown([row for row in rows if row.class_name == ALL]))
    print(f"tables with every class in {folder}")
    return 0
