"""What `yolo_slice.complexity` offers; loaded when it is asked for."""

from yolo_slice.complexity.counting import count_operations as count_operations
