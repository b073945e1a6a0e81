"""Data sets: conversion between VOC, COCO and the host's layout without loss, and a check for everything wrong."""

from yolo_slice.annotations.findings import Finding
from yolo_slice.data.checking.check import check
from yolo_slice.data.checking.report import Report
from yolo_slice.data.convert import Conversion, convert, convert_voc

__all__ = ["Conversion", "Finding", "Report", "check", "convert", "convert_voc"]
