"""Data sets: conversion between VOC, COCO and YOLO layouts without loss, and a check for everything wrong."""

from yolo_slice.annotations.findings import Finding
from yolo_slice.data.checking.check import check_dataset
from yolo_slice.data.checking.page import save_html
from yolo_slice.data.checking.report import Report
from yolo_slice.data.convert import Conversion, convert_dataset, convert_voc

__all__ = ["Conversion", "Finding", "Report", "check_dataset", "convert_dataset", "convert_voc", "save_html"]
