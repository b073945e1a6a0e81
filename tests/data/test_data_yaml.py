"""Data YAMLs: what Ultralytics refuses or reads differently is said, what it accepts is accepted."""

import os

import pytest
import yaml
from set_maker import make_yolo_set, save_rows

from yolo_slice.data import check_dataset, convert_dataset
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.data_yaml import check_data, open_data_yaml, read_data_split

PLACES = {"train": "images/train", "val": "images/val"}


@pytest.fixture
def root(tmp_path):
    return make_yolo_set(tmp_path / "yolo")


def save(root, **entries):
    (root / "data.yaml").write_text(yaml.safe_dump({**PLACES, **entries}, sort_keys=False), encoding="utf-8")
    return root / "data.yaml"


def accepted_by_ultralytics(file):
    from ultralytics.data.utils import check_det_dataset

    try:
        names = check_det_dataset(str(file), autodownload=False)["names"]
    except Exception:  # it raises many kinds of errors for what it refuses
        return None
    return [names[number] for number in sorted(names)]


NAMES = {
    "list": (["cat", "dog"], ["cat", "dog"]),
    "numbers": ({0: "cat", 1: "dog"}, ["cat", "dog"]),
    "numbers as text": ({"0": "cat", "1": "dog"}, ["cat", "dog"]),
    "in another order": ({"1": "dog", "0": "cat"}, ["cat", "dog"]),
    "words that YAML takes for others": ([True, 1], ["True", "1"]),
}
CHANGED = {
    "words that YAML takes for others": (
        ("yaml-differs", "class 0 is called 'True': YAML takes what is written there for no text; quote it"),
    )
}


@pytest.mark.parametrize("case", NAMES)
def test_names_that_ultralytics_accepts(root, case):
    names, expected = NAMES[case]
    file = save(root, names=names)
    data = open_data_yaml(file)
    assert [*data.names] == expected == accepted_by_ultralytics(file)
    assert data.faults == CHANGED.get(case, ())


REFUSED = {
    "gap": ({0: "cat", 2: "dog"}, "names has 0, 2 and no 1: Ultralytics refuses it"),
    "from one": ({1: "cat", 2: "dog"}, "names has 1, 2 and no 0: Ultralytics refuses it"),
    "word for a number": ({"a": "cat"}, "names has the key 'a', which is no number"),
    "number twice": ({0: "cat", "0": "dog"}, "names has the number 0 twice"),
    "none": ([], "names: there is none"),
    "one word": ("cat", "names must be a list of class names, not 'cat'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_names_that_cannot_be_used(root, case):
    names, message = REFUSED[case]
    file = save(root, names=names)
    with pytest.raises(SliceError, match=message):
        check_dataset(file)
    if case != "number twice":  # Ultralytics takes the last
        assert accepted_by_ultralytics(file) is None


def faults(root, **entries):
    return [(finding.kind, finding.message) for finding in check_dataset(save(root, **entries)).findings]


def test_a_number_of_classes_that_contradicts_the_names_is_an_error(root):
    assert faults(root, nc=3, names=["cat", "dog"]) == [
        ("data-yaml", "nc is 3, but there are 2 names: Ultralytics refuses it")
    ]
    assert accepted_by_ultralytics(root / "data.yaml") is None
    assert not check_dataset(root).is_sound
    assert faults(root, nc=2, names=["cat", "dog"]) == []
    with pytest.raises(SliceError, match="nc is 3"):
        read_data_split(save(root, nc=3, names=["cat", "dog"]), "val")


def test_no_names(root):
    assert faults(root, nc=2) == [("yaml-differs", "no names; Ultralytics calls the classes class_0 to class_1")]
    assert [*open_data_yaml(root / "data.yaml").names] == accepted_by_ultralytics(root / "data.yaml")
    assert faults(root) == [("data-yaml", "neither names nor nc: Ultralytics refuses it")]
    assert accepted_by_ultralytics(root / "data.yaml") is None
    conversion = convert_dataset(root, root.parent / "out", to="coco")
    assert [finding.kind for finding in conversion.findings] == ["data-yaml"]
    assert [*conversion.classes] == ["0", "1"]


@pytest.mark.parametrize("names", ["cat\ndog\n", "names.txt"])
def test_names_as_text(root, names):
    (root / "names.txt").write_text("cat\n\ndog\n", encoding="utf-8")
    assert faults(root, names=names) == [("data-yaml", "names is text, not a list: Ultralytics refuses it")]
    assert open_data_yaml(root / "data.yaml").names == ("cat", "dog")


def test_equal_names_become_one_class(root):
    save_rows(root, "train/a", "0 0.2 0.5 0.2 0.4", "1 0.6 0.5 0.2 0.4", "2 0.4 0.5 0.2 0.2")
    save(root, names=["cat", "dog", "cat"])

    conversion = convert_dataset(root, root.parent / "out", to="yolo")

    assert [str(finding) for finding in conversion.findings] == [
        "data.yaml: the classes 0 and 2 are both 'cat'; made one"
    ]
    assert (root.parent / "out/labels/train/a.txt").read_text().splitlines()[2] == "0 0.4 0.5 0.2 0.2"
    assert [*conversion.classes] == ["cat", "dog"]


@pytest.mark.parametrize("path", [".", "../yolo", "./"])
def test_a_path_that_depends_on_where_one_stands(root, path, monkeypatch):
    ((kind, message),) = faults(root, path=path, names=["cat", "dog"])
    assert kind == "yaml-differs"
    assert message.startswith(f"path: {path} means {root} here; Ultralytics takes it from the working directory or")
    monkeypatch.chdir(root)
    assert [kind for kind, _ in faults(root, path=path, names=["cat", "dog"])] == ["yaml-differs"]


def test_paths_that_mean_the_same_everywhere(root, monkeypatch):
    from yolo_slice.integration import folders

    assert faults(root, path=str(root), names=["cat", "dog"]) == []
    monkeypatch.setattr(folders, "datasets_dir", lambda: root.parent)
    (root.parent / "elsewhere").mkdir()
    file = root.parent / "elsewhere/x.yaml"
    file.write_text(yaml.safe_dump({"path": "yolo", **PLACES, "names": ["cat", "dog"]}))
    assert check_dataset(file).findings == ()


def test_a_split_that_is_missing_is_missed_when_it_is_needed(root):
    file = save(root, names=["cat", "dog"], test="images/none")
    assert len(read_data_split(file, "val").images) == 1
    with pytest.raises(SliceError, match=r"test: .*images.none is not there"):
        read_data_split(file, "test")
    with pytest.raises(SliceError, match=r"test: .*images.none is not there"):
        check_dataset(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_a_pipe_among_the_images_is_said_before_ultralytics_waits_for_it(root):
    os.mkfifo(root / "images" / "val" / "pipe.jpg")
    file = save(root, names=["cat", "dog"])
    assert check_data(str(file), "train").names == ("cat", "dog")
    with pytest.raises(SliceError, match=r"pipe\.jpg is a device or a pipe, not a file"):
        check_data(str(file), "val")
