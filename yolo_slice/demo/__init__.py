"""A demonstration from nothing: a drawn data set, a small slice model trained on it, what it finds in a drawn video."""

from yolo_slice.demo.dataset import draw_dataset
from yolo_slice.demo.run import run_demo

__all__ = ["draw_dataset", "run_demo"]
