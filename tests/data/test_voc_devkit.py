"""`data=voc.yaml` in the host's own hands: a VOCdevkit in every state in which users have one, and none at all."""

import json
import os
import shutil
from pathlib import Path

import pytest
import ultralytics.data.utils as host_data
import yaml
from voc_maker import annotation_xml, box_xml, make_voc, names_below, save_annotation, save_list, snapshot

from yolo_slice.data import voc_devkit
from yolo_slice.data.voc.plan import VocSplit
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.integration.model_files import stock_files
from yolo_slice.paths import CFG

VOC_YAML = CFG / "datasets" / "voc.yaml"
FULL = ["train2012", "train2007", "val2012", "val2007", "test2007"]


@pytest.fixture
def told(monkeypatch):
    """The lines told to the user; warnings begin with an exclamation mark."""
    lines = []
    monkeypatch.setattr(log, "inform", lines.append)
    monkeypatch.setattr(log, "warn", lambda line: lines.append(f"! {line}"))
    return lines


@pytest.fixture
def datasets(tmp_path, monkeypatch, told):
    """An empty datasets folder that the host uses; no network, and a download that would be noticed."""
    folder = tmp_path / "data sets"
    folder.mkdir()
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.setattr(host_data, "DATASETS_DIR", folder)
    monkeypatch.setattr(host_data, "check_font", lambda font: None)
    monkeypatch.setattr(voc_devkit, "stock_dataset_yaml", lambda name: pytest.fail("would download 2.8 GB"))
    return folder


def make_2007(devkit, **lists):
    return make_voc(devkit / "VOC2007", **(lists or {"train": "1 2", "val": "3", "trainval": "1 2 3", "test": "4 5"}))


def make_2012(devkit, **lists):
    return make_voc(devkit / "VOC2012", **(lists or {"train": "2008_1", "val": "2008_2", "trainval": "2008_1 2008_2"}))


def check_dataset():
    return host_data.check_det_dataset(str(VOC_YAML))


def splits_of(data, root):
    """Names of the splits that the host would use; every one must be an absolute folder of images below root."""
    folders = {key: [Path(path) for path in data[key]] for key in ("train", "val", "test")}
    assert all(folder.is_dir() and folder.parent == root / "images" for paths in folders.values() for folder in paths)
    return {key: [folder.name for folder in paths] for key, paths in folders.items()}


def assert_whole(root, names):
    """Every split has an image, a label and a line for each of its ids, and nothing unfinished lies about."""
    for name in names:
        images = sorted(path.stem for path in (root / "images" / name).iterdir())
        labels = sorted(path.stem for path in (root / "labels" / name).iterdir())
        side = (root / "annotations" / f"{name}.jsonl").read_text("utf-8").splitlines()
        assert images == labels == sorted(Path(json.loads(line)["image"]).stem for line in side)
        assert images
    assert not [path for path in (*root.iterdir(), *root.parent.iterdir()) if "unfinished" in path.name]


def test_the_yaml_is_the_hosts():
    ours, hosts = (
        yaml.safe_load(file.read_text("utf-8")) for file in (VOC_YAML, stock_files.stock_dataset_yaml("VOC.yaml"))
    )
    assert ours.pop("download") != hosts.pop("download")
    assert ours == hosts


@pytest.mark.parametrize("place", ["VOCdevkit", "VOC/VOCdevkit", "VOC/images/VOCdevkit"])
def test_both_years_give_the_07_12_protocol(datasets, told, place):
    make_2007(datasets / place)
    make_2012(datasets / place)
    before = snapshot(datasets / place)

    data = check_dataset()

    assert splits_of(data, datasets / "VOC") == {"train": FULL[:4], "val": FULL[4:], "test": FULL[4:]}
    assert_whole(datasets / "VOC", FULL)
    assert snapshot(datasets / place) == before
    assert len(told) == 1
    assert told[0].startswith(
        "VOC 07+12 protocol: train is train2012, train2007, val2012, val2007 (5 images), val is test2"
    )
    made = snapshot(datasets)
    assert splits_of(check_dataset(), datasets / "VOC") == {"train": FULL[:4], "val": FULL[4:], "test": FULL[4:]}
    assert len(told) == 1  # the host found everything and did not ask
    assert snapshot(datasets) == made


def test_the_stock_yaml_finds_the_same_folders(datasets):
    make_2007(datasets / "VOCdevkit")
    make_2012(datasets / "VOCdevkit")
    ours = check_dataset()
    hosts = host_data.check_det_dataset(str(stock_files.stock_dataset_yaml("VOC.yaml")), autodownload=False)
    assert {key: hosts[key] for key in ("train", "val", "test", "names")} == {
        key: ours[key] for key in ("train", "val", "test", "names")
    }


ONE_YEAR = {
    "2007 whole": (lambda kit: make_2007(kit), ["train2007", "val2007"], "test2007-only"),
    "2007 without test": (lambda kit: make_2007(kit, train="1 2", val="3"), ["train2007"], "val2007"),
    "2007 trainval and test": (lambda kit: make_2007(kit, trainval="1 2", test="3"), ["trainval2007"], "test2007-only"),
    "2012": (lambda kit: make_2012(kit), ["train2012"], "val2012"),
    "2012 with a test": (
        lambda kit: make_2012(kit, train="2008_1", val="2008_2", test="2008_3"),
        ["train2012", "val2012"],
        "test2012",
    ),
    "2012 with a test whose objects are secret": (
        lambda kit: (make_2012(kit), save_list(kit / "VOC2012", "test", "2008_1 s1 s2 s3")),
        ["train2012"],
        "val2012",
    ),
    "both, 2007 without test": (
        lambda kit: (make_2007(kit, train="1 2", val="3"), make_2012(kit)),
        ["train2012", "train2007", "val2007"],
        "val2012",
    ),
    "2007 test and 2012": (
        lambda kit: (make_2007(kit, test="4"), make_2012(kit)),
        ["train2012", "val2012"],
        "test2007-only",
    ),
}


@pytest.mark.parametrize("case", ONE_YEAR)
def test_less_than_both_years(datasets, told, case):
    make, train, val = ONE_YEAR[case]
    make(datasets / "VOCdevkit")

    data = check_dataset()

    assert splits_of(data, datasets / "VOC") == {"train": train, "val": [val], "test": [val]}
    assert_whole(datasets / "VOC", [*train, val])
    assert len(told) == 1
    assert told[0].startswith(
        f"not the VOC 07+12 protocol (2007 trainval and test, 2012 trainval): train is {', '.join(train)} ("
    )
    made = snapshot(datasets)
    assert splits_of(check_dataset(), datasets / "VOC") == {"train": train, "val": [val], "test": [val]}
    assert told == told[:1] * 2  # said again, nothing done again
    assert snapshot(datasets) == made


def test_of_a_year_that_is_there_twice_the_first_is_taken(datasets, told):
    make_2012(datasets / "VOCdevkit", train="1", val="2")
    make_2012(datasets / "VOC/VOCdevkit", train="3", val="4")

    check_dataset()

    assert told[0].endswith(f"from {datasets / 'VOCdevkit' / 'VOC2012'}")
    assert (datasets / "VOC/images/train2012/1.jpg").is_file()


def test_the_second_run_reads_no_annotation(datasets, monkeypatch):
    make_2007(datasets / "VOCdevkit")
    check_dataset()
    monkeypatch.setattr(VocSplit, "read", lambda split: pytest.fail("converts again"))
    check_dataset()


def test_a_year_that_comes_later_completes_the_protocol(datasets, told):
    make_2007(datasets / "VOCdevkit")
    check_dataset()
    made = snapshot(datasets / "VOC" / "images" / "train2007")
    make_2012(datasets / "VOCdevkit")

    assert splits_of(check_dataset(), datasets / "VOC")["train"] == FULL[:4]

    assert_whole(datasets / "VOC", FULL)
    assert snapshot(datasets / "VOC" / "images" / "train2007") == made
    assert told[-1].startswith("VOC 07+12 protocol")


def remake_list(root):
    save_list(root, "train", "1")


def remake_annotation(root):
    """Another class; the file is as long as before, and even a coarse clock shows another time."""
    save_annotation(root / "Annotations/1.xml", annotation_xml(box_xml("cat")))
    os.utime(root / "Annotations/1.xml", (1e9, 1e9))


@pytest.mark.parametrize(("change", "images", "first_class"), [(remake_list, 1, "11"), (remake_annotation, 2, "7")])
def test_a_changed_source_is_converted_again(datasets, change, images, first_class):
    root = make_2012(datasets / "VOCdevkit", train="1 2", val="3")
    check_dataset()
    (datasets / "VOC/labels/train2012.cache").write_bytes(b"the host's, of the old labels")
    untouched = snapshot(datasets / "VOC/labels/val2012")
    change(root)

    check_dataset()

    assert_whole(datasets / "VOC", ["train2012", "val2012"])
    assert len(list((datasets / "VOC/images/train2012").iterdir())) == images
    assert (datasets / "VOC/labels/train2012/1.txt").read_text("utf-8").split()[0] == first_class
    assert not (datasets / "VOC/labels/train2012.cache").exists()
    assert snapshot(datasets / "VOC/labels/val2012") == untouched


@pytest.mark.parametrize(
    "lost", ["images/train2012", "labels/train2012", "annotations/train2012.jsonl", "images/train2012/1.jpg"]
)
def test_a_damaged_split_is_made_again(datasets, lost):
    make_2012(datasets / "VOCdevkit", train="1 2", val="3")
    check_dataset()
    place = datasets / "VOC" / lost
    shutil.rmtree(place) if place.is_dir() else place.unlink()

    check_dataset()

    assert_whole(datasets / "VOC", ["train2012", "val2012"])


def test_the_hosts_own_files_beside_the_images_do_no_harm(datasets, monkeypatch):
    make_2012(datasets / "VOCdevkit", train="1 2", val="3")
    check_dataset()
    (datasets / "VOC/images/train2012/1.npy").write_bytes(b"cache=disk")
    (datasets / "VOC/labels/train2012.cache").write_bytes(b"cache")
    monkeypatch.setattr(VocSplit, "read", lambda split: pytest.fail("converts again"))
    check_dataset()


@pytest.mark.parametrize("after", [0, 3, 6])  # of 7 copies
@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_conversion_is_never_taken_for_whole(datasets, monkeypatch, after, fault):
    make_2007(datasets / "VOCdevkit")
    make_2012(datasets / "VOCdevkit")
    before, copies = snapshot(datasets), []

    def copy_some_then_fail(source, target):
        if len(copies) == after:
            raise fault
        copies.append(Path(target).write_bytes(Path(source).read_bytes()))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", copy_some_then_fail)
        with pytest.raises((KeyboardInterrupt, SliceError)):
            check_dataset()
    assert snapshot(datasets) == before
    assert not (datasets / "VOC").exists()

    check_dataset()
    assert_whole(datasets / "VOC", FULL)


@pytest.mark.parametrize("after", [0, 1, 3, 4, 11, 16, 19])  # of 20 renames
def test_an_interruption_between_the_renames_is_made_good(datasets, monkeypatch, after):
    make_2007(datasets / "VOCdevkit")
    make_2012(datasets / "VOCdevkit")
    replace, done = Path.replace, []

    def replace_some_then_fail(path, target):
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(target)
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace_some_then_fail)
        with pytest.raises(KeyboardInterrupt):
            check_dataset()
    assert not (datasets / "VOC/images/test2007").exists()

    assert splits_of(check_dataset(), datasets / "VOC")["val"] == ["test2007"]
    assert_whole(datasets / "VOC", FULL)


@pytest.mark.parametrize("kind", ["images", "labels"])
def test_a_folder_of_somebody_else_is_not_touched(datasets, kind):
    make_2007(datasets / "VOCdevkit")
    make_2012(datasets / "VOCdevkit")
    theirs = datasets / "VOC" / kind / "train2007" / "000001.jpg"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"moved here by the host's script")
    (datasets / "VOC/notes.txt").write_text("mine", encoding="utf-8")
    before = snapshot(datasets)

    with pytest.raises(SliceError, match=r"train2007 was not made by yolo-slice.*move it and its like out of the way"):
        check_dataset()

    assert snapshot(datasets) == before


def test_other_things_in_the_folder_stay(datasets):
    make_2012(datasets / "VOC/VOCdevkit")
    (datasets / "VOC/images/train2012").mkdir(parents=True)  # empty: nobody's
    (datasets / "VOC/images/mine.jpg").write_bytes(b"mine")
    (datasets / "VOC/annotations").mkdir()
    (datasets / "VOC/annotations/mine.json").write_bytes(b"mine")

    check_dataset()

    assert_whole(datasets / "VOC", ["train2012", "val2012"])
    assert (datasets / "VOC/images/mine.jpg").read_bytes() == b"mine"
    assert (datasets / "VOC/annotations/mine.json").read_bytes() == b"mine"


def test_faults_are_told_and_counted(datasets, told):
    ids = [f"i{n}" for n in range(30)]
    root = make_2012(datasets / "VOCdevkit", train=" ".join(ids[:28]), val=" ".join(ids[28:]))
    for stem in ids[:13]:
        save_annotation(root / "Annotations" / f"{stem}.xml", annotation_xml(box_xml(), box_xml("unicorn")))
    save_list(root, "val", " ".join(ids[27:]))

    check_dataset()

    assert told[1].replace("\\", "/") == (
        "! VOCdevkit/VOC2012/JPEGImages/i27.jpg: of val2012, is also in train2012; kept in both"
    )
    assert told[2].endswith(
        "i0.xml, object 2 (unicorn): class 'unicorn' is not among the data set's 20 names; left out"
    )
    assert len(told) == 1 + 10 + 1
    assert told[-1].startswith("! 14 faults in the VOCdevkit, 10 shown; to use them, mend the files, delete ")
    check_dataset()
    assert len(told) == 12 + 1  # nothing converted, nothing told but the protocol


def test_difficult_objects_are_kept_aside(datasets):
    root = make_2012(datasets / "VOCdevkit")
    hard = box_xml("cat", (1, 2, 3, 4), "<difficult>1</difficult>")
    save_annotation(root / "Annotations/2008_2.xml", annotation_xml(box_xml(), hard))

    check_dataset()

    assert (datasets / "VOC/labels/val2012/2008_2.txt").read_text("utf-8") == "11 0.2 0.5 0.2 0.5\n"
    objects = json.loads((datasets / "VOC/annotations/val2012.jsonl").read_text("utf-8"))["objects"]
    assert [(item["name"], item["difficult"]) for item in objects] == [("dog", False), ("cat", True)]


def test_a_devkit_without_a_pair_of_lists(datasets):
    make_2012(datasets / "VOCdevkit", trainval="1 2")
    with pytest.raises(
        SliceError, match=r"annotated lists of the VOCdevkit are: trainval2012; needed are trainval and"
    ):
        check_dataset()


def test_a_devkit_whose_images_are_gone(datasets):
    root = make_2012(datasets / "VOCdevkit")
    shutil.rmtree(root / "JPEGImages")
    with pytest.raises(SliceError, match=r"train\.txt: no image of it can be used; .*no image 2008_1"):
        check_dataset()
    assert names_below(datasets) == names_below_devkit(datasets)


def names_below_devkit(datasets):
    return [f"VOCdevkit/{name}" for name in names_below(datasets / "VOCdevkit")]


def test_a_folder_named_voc_in_the_working_directory(datasets):
    """The host then takes that folder, relative as it is, for the data set's."""
    make_2012(Path("VOC/VOCdevkit"))

    assert splits_of(check_dataset(), Path("VOC").resolve())["val"] == ["val2012"]

    assert not any(datasets.iterdir())


def test_the_host_asks_for_the_train_split(datasets):
    if "split" not in host_data.check_det_dataset.__code__.co_varnames:
        pytest.skip("this host has no split argument")
    make_2007(datasets / "VOCdevkit")
    for split in ("train", "val", "test"):
        data = host_data.check_det_dataset(str(VOC_YAML), split=split)
        assert splits_of(data, datasets / "VOC") == {
            "train": ["train2007", "val2007"],
            "val": ["test2007-only"],
            "test": ["test2007-only"],
        }


# What the stock script leaves behind, without the download: devkit in images/, pictures moved to their splits, labels
DOWNLOAD = """
from pathlib import Path
root = Path(yaml["path"])
for year, split, stem in (("2012", "train", "2008_1"), ("2007", "test", "4")):
    def place(kind, suffix):
        file = root / kind / f"{split}{year}" / f"{stem}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        return file
    (SOURCE / f"VOC{year}" / "JPEGImages" / f"{stem}.jpg").rename(place("images", ".jpg"))
    place("labels", ".txt").write_text("11 0.2 0.2 0.2 0.2")
SOURCE.rename(root / "images" / "VOCdevkit")
"""


def test_nothing_there_leaves_it_to_the_host(datasets, monkeypatch, tmp_path):
    make_2012(tmp_path / "zips")
    make_2007(tmp_path / "zips")
    hard = annotation_xml(box_xml(), box_xml("cat", (1, 2, 3, 4), "<difficult>1</difficult>"))
    save_annotation(tmp_path / "zips/VOC2007/Annotations/4.xml", hard)
    stock = tmp_path / "stock.yaml"
    script = f"SOURCE = __import__('pathlib').Path({str(tmp_path / 'zips')!r})\n{DOWNLOAD}"
    stock.write_text(yaml.safe_dump({"download": script}), encoding="utf-8")
    asked = []
    monkeypatch.setattr(voc_devkit, "stock_dataset_yaml", lambda name: asked.append(name) or stock)

    data = check_dataset()

    assert asked == ["VOC.yaml"]
    assert [Path(path).name for path in data["train"]] == FULL[:4]
    assert data["val"] == [str(datasets / "VOC/images/test2007")]
    side = [json.loads(line) for line in (datasets / "VOC/annotations/test2007.jsonl").read_text("utf-8").splitlines()]
    assert [line["image"] for line in side] == ["images/test2007/4.jpg"]
    assert [item["difficult"] for item in side[0]["objects"]] == [False, True]
    assert (datasets / "VOC/annotations/train2012.jsonl").is_file()


def test_the_stock_download_script_is_where_it_is_looked_for():
    script = yaml.safe_load(stock_files.stock_dataset_yaml("VOC.yaml").read_text("utf-8"))["download"]
    compile(script, "VOC.yaml", "exec")
    assert "download(urls" in script
    assert 'yaml["path"]' in script
    assert 'dir / "images/VOCdevkit"' in script
