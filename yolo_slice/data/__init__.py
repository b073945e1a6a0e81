"""Data sets in other people's formats, converted to the host's without losing what its labels cannot say."""

from yolo_slice.data.finding import Finding
from yolo_slice.data.voc_convert import Conversion, convert_voc

__all__ = ["Conversion", "Finding", "convert_voc"]
