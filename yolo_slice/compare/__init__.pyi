"""What `yolo_slice.compare` offers; loaded when it is asked for."""

from yolo_slice.compare.comparison import Comparison as Comparison
from yolo_slice.compare.report import compare_folders as compare_folders
from yolo_slice.compare.report import save_comparison as save_comparison
