"""Trained weights into a changed architecture."""

from yolo_slice.transfer.conversion import Recipe, convert

__all__ = ["Recipe", "convert"]
