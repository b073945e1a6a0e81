"""What `yolo_slice.deploy` offers; loaded when it is asked for."""

from yolo_slice.deploy.optimizing import optimize as optimize
