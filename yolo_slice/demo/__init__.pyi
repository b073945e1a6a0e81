"""What `yolo_slice.demo` offers; loaded when it is asked for."""

from yolo_slice.demo.dataset import draw_dataset as draw_dataset
from yolo_slice.demo.run import run_demo as run_demo
from yolo_slice.demo.settings import DemoSettings as DemoSettings
