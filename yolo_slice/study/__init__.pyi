"""What `yolo_slice.study` offers; loaded when it is asked for."""

from yolo_slice.study.report import write_report as write_report
from yolo_slice.study.run import run_study as run_study
from yolo_slice.study.settings import StudySettings as StudySettings
from yolo_slice.study.training import train_cell as train_cell
