"""`yolo-slice study`: many trainings as one experiment."""

import sys

from yolo_slice.study.settings import StudySettings

EXAMPLE = "models=yolov8n,yolov8n-slicesamp data=my.yaml seeds=5 epochs=100 imgsz=640"
PLACES = ("folder", "action")
INTERRUPTED = 130  # as in a shell


def run(settings: StudySettings) -> int:
    """Train what is not trained yet, then report; or report only."""
    from yolo_slice.study.run import run_study

    try:
        run_study(settings)
    except KeyboardInterrupt:
        print("yolo-slice: stopped; the same command goes on", file=sys.stderr)
        return INTERRUPTED
    return 0
