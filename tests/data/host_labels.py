"""The second source of label rows: the function convert_label in the download script of the host's own VOC.yaml."""

import ast
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import yaml

from yolo_slice.integration.model_files.stock_files import stock_dataset_yaml


def load_host_convert_label(names):
    """Take the function out of the script, which would download 2.8 GB."""
    script = yaml.safe_load(stock_dataset_yaml("VOC.yaml").read_text("utf-8"))["download"]
    wanted = [node for node in ast.parse(script).body if getattr(node, "name", "") == "convert_label"]
    scope = {"yaml": {"names": names}, "ET": ElementTree}
    exec(compile(ast.Module(wanted, []), "VOC.yaml", "exec"), scope)
    return scope["convert_label"]


class Devkit:
    """A folder of annotations that passes for a devkit: the host asks for devkit / "VOC2007/Annotations/<stem>.xml"."""

    def __init__(self, annotations):
        self.annotations = annotations

    def __truediv__(self, place):
        return self.annotations / Path(place).name


def read_rows(file):
    return [[*map(float, line.split())] for line in file.read_text("utf-8").splitlines()]


def assert_labels_equal_the_hosts(annotations, conversion):
    """Compare every label file with what the host makes of the same XML; boxes without area are not in ours."""
    convert_label = load_host_convert_label(yaml.safe_load(conversion.data_yaml.read_text("utf-8"))["names"])
    ours, hosts = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number, label in enumerate(sorted(conversion.data_yaml.parent.glob("labels/*/*.txt"))):
            convert_label(Devkit(annotations), Path(folder, "host.txt"), "2007", label.stem)
            hosts += [[number, *row] for row in read_rows(Path(folder, "host.txt")) if row[3] > 0 and row[4] > 0]
            ours += [[number, *row] for row in read_rows(label)]
    assert len(ours) == sum(conversion.boxes.values()) > 0
    np.testing.assert_allclose(ours, hosts, rtol=1e-8, atol=0)
