"""The report of a study: what its records show, in words, tables and pictures."""

from yolo_slice.study.report.writing import write_report as write_report
