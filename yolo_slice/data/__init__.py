"""Data sets: conversion between VOC, COCO and YOLO layouts without loss, and a check for everything wrong."""

from yolo_slice.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)
