"""What `yolo_slice.testing` offers; loaded when it is asked for."""

from yolo_slice.testing.cases import check_law as check_law
from yolo_slice.testing.cases import contract as contract
from yolo_slice.testing.laws import LAWS as LAWS
from yolo_slice.testing.wanted_blocks import load_blocks as load_blocks
