"""`yolo-slice study`: many trainings as one experiment."""

import sys
from pathlib import Path

from yolo_slice.study.settings import StudySettings

EXAMPLE = "models=yolov8n,yolov8n-slicesamp data=my.yaml seeds=5 epochs=100 imgsz=640"
PLACES = ("folder", "action")
STOPPED = 130  # as in a shell, after Ctrl-C


def run(settings: StudySettings) -> int:
    """Train what is not trained yet, then report; or report only."""
    from yolo_slice.study.run import run_study

    if settings.action == "report" and settings.folder is not None:
        return _report(settings.folder)
    try:
        folder = run_study(settings)
    except KeyboardInterrupt:
        print("yolo-slice: stopped; the same command goes on", file=sys.stderr)
        return STOPPED
    return _report(folder)


def _report(folder: Path) -> int:
    from yolo_slice.study.report import write_report

    print(f"report: {write_report(folder)}")
    return 0
