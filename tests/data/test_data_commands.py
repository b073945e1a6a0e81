"""`yolo-slice data convert`, as it is typed."""

import pytest
import yaml
from set_maker import MAKERS, save_rows
from voc_maker import names_below

from yolo_slice.cli import main
from yolo_slice.data import check_dataset, convert_dataset
from yolo_slice.errors import SliceError


def run(capsys, *words):
    status = main(["data", *map(str, words)])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize("to", MAKERS)
@pytest.mark.parametrize("source", MAKERS)
def test_every_direction(tmp_path, capsys, source, to):
    root = MAKERS[source](tmp_path / source)

    status, out, err = run(capsys, "convert", root, tmp_path / "out", f"to={to}")

    assert (status, err) == (0, "")
    assert "classes (COCO category): 0 cat" in out or source == "voc"
    assert f"0 findings. {source} -> {to}: {tmp_path / 'out'}" in out
    assert "images: 3 copied" in out
    assert len([name for name in names_below(tmp_path / "out") if name.endswith(".jpg")]) == 3
    if to == "yolo":
        data = yaml.safe_load((tmp_path / "out/data.yaml").read_text("utf-8"))
        assert (data["train"], data["val"]) == ("images/train", "images/val")
        assert f"data={tmp_path / 'out' / 'data.yaml'}" in out


def test_the_default_folder_lies_beside_the_source(tmp_path, capsys):
    root = MAKERS["coco"](tmp_path / "set")
    assert run(capsys, "convert", root, "to=voc", "images=link")[0] == 0
    assert (tmp_path / "set-voc/Annotations/a.xml").is_file()


def test_findings_go_to_stderr_and_strict_writes_nothing(tmp_path, capsys):
    root = MAKERS["yolo"](tmp_path / "set")
    save_rows(root, "train/b", "0 0.2 0.5 0.2 0.4", "7 0.2 0.5 0.2 0.4")

    status, _, err = run(capsys, "convert", root, tmp_path / "strict", "to=voc", "strict=True")
    assert status == 1
    assert "labels/train/b.txt, line 2: class 7 is not among the data set's 2 names (0 to 1); left out" in err
    assert "1 findings; nothing written because of strict=True" in err
    assert not (tmp_path / "strict").exists()
    assert run(capsys, "convert", root, tmp_path / "out", "to=voc")[0] == 0


def test_names_from_the_command_line_or_a_file(tmp_path, capsys):
    root = MAKERS["yolo"](tmp_path / "set")
    (root / "data.yaml").unlink()
    (tmp_path / "names.txt").write_text("Katze\n\nHund\n", encoding="utf-8")

    for number, names in enumerate(("Katze, Hund", tmp_path / "names.txt")):
        status, out, _ = run(capsys, "convert", root, tmp_path / f"out{number}", "to=coco", f"names={names}")
        assert status == 0
        assert "0 Katze (1), 1 Hund (2)" in out
    status, out, _ = run(capsys, "convert", root, tmp_path / "numbers", "to=coco")
    assert "0 0 (1), 1 1 (2)" in out
    status, _, err = run(capsys, "convert", root, tmp_path / "out", "to=coco", "names=a,a")
    assert (status, "class 'a' is there twice" in err) == (1, True)


def test_a_source_of_two_formats_needs_a_word(tmp_path, capsys):
    root = MAKERS["coco"](MAKERS["yolo"](tmp_path / "set"))
    status, _, err = run(capsys, "convert", root, tmp_path / "out", "to=voc")
    assert (status, "could be coco or yolo; say which: format=coco or format=yolo" in err) == (1, True)
    for format in ("yolo", "coco"):
        words = ("convert", root, tmp_path / format, "to=voc", f"format={format}")
        assert run(capsys, *words)[0] == 0


@pytest.mark.parametrize("name", ["a\udcff", "a\nb", "a\u2028b", " "])
def test_names_that_no_data_set_can_have_are_refused(tmp_path, name):
    root, out = MAKERS["voc"](tmp_path / "set"), tmp_path / "out"
    with pytest.raises(SliceError, match=r"^names: .* is no text of one line in UTF-8$"):
        convert_dataset(root, out, to="coco", names=["cat", name])
    with pytest.raises(SliceError, match=r"^names: .* is no text of one line in UTF-8$"):
        check_dataset(root, names=["cat", name])
    assert not out.exists()
