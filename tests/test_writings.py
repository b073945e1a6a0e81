"""Whatever writes a file is known, with what keeps a full disk or a kill from leaving half of it under its name."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "yolo_slice"
WRITERS = {"write_text", "write_bytes", "imwrite", "savefig", "save", "dump", "VideoWriter", "tofile", "savez", "touch"}
WRITERS |= {"copy", "copy2", "copyfile", "copyfileobj", "copytree", "move", "link", "symlink", "symlink_to", "fdopen"}
MODULES = {"shutil", "os", "torch", "np", "numpy", "json", "pickle", "yaml", "cv2", "plt"}
WHOLE = "the temporary name of a whole file"
WORK = "in a work folder, which vanishes unless it is finished"
MEMORY = "into memory, then written whole"
KNOWN = {
    ("atomic_file.py", "partial.write_bytes"): WHOLE,
    ("video_file.py", "cv2.VideoWriter"): "a temporary name, until its frames have been read again",
    ("video_file.py", "self._partial.write_bytes"): "the same name, to learn whether there is room",
    ("write_lock.py", "os.open"): "a lock: what is in it is for a message",
    ("image_files.py", "np.save"): MEMORY,
    ("metrics/size_plot.py", "figure.savefig"): MEMORY,
    ("compare/plot.py", "figure.savefig"): MEMORY,
    ("study/report/pictures.py", "figure.savefig"): MEMORY,
    ("study/samplers_page.py", "figure.savefig"): MEMORY,
    ("integration/weights/checkpoints.py", "torch.save"): MEMORY,
    ("data/voc_devkit.py", "partial.open"): WHOLE,
    ("data/yolo/writer.py", "(self.plan.root / 'annotations' / CATEGORIES).write_text"): WORK,
    ("data/yolo/writer.py", "(self.plan.root / 'data.yaml').write_text"): WORK,
    ("data/yolo/writer.py", "side_file(root, name).open"): WORK,
    ("data/yolo/writer.py", "label.write_text"): WORK,
    ("data/coco/writer.py", "file.open"): WORK,
    ("data/coco/writer.py", "rows.open"): WORK,
    ("data/coco/writer.py", "shutil.copyfileobj"): WORK,
    ("data/voc/writer.py", "side.open"): WORK,
    ("data/voc/writer.py", "inside(self.root / 'Annotations', f'{stem}.xml').write_text"): WORK,
    ("data/voc/writer.py", "(self.root / 'ImageSets' / 'Main' / 'val.txt').touch"): WORK,
    ("data/voc/writer.py", "(self.root / 'Annotations' / CATEGORIES).write_text"): WORK,
    ("data/voc/writer.py", "file.open"): WORK,
    ("data/voc/split_store.py", "_stamp_file(root, split.name).write_text"): WORK,
    ("data/image_transfer.py", "shutil.copyfile"): WORK,
    ("demo/curves.py", "figure.savefig"): MEMORY,
    ("demo/run.py", "shutil.copyfile"): "of a file that stays where it is; refused in a folder that is in use",
    ("bench/picture.py", "figure.savefig"): MEMORY,
    ("bench/artifact.py", "shutil.copyfile"): "of weights that stay where they are, and removed after the export",
    ("bench/worker.py", "os.fdopen"): "standard output",
    ("bench/parity.py", "shutil.copy"): "into a temporary folder",
    ("study/claim.py", "draft.write_text"): "a draft, linked to its name when it is whole",
    ("study/new_file.py", "draft.write_text"): "a draft, linked to its name when it is whole",
    ("study/new_file.py", "os.link"): "the draft's name",
    ("study/new_file.py", "path.open"): "where nothing can be linked",
    ("study/kept_epochs.py", "shutil.copyfile"): WHOLE,
    ("study/engine.py", "(cell.folder / 'log.txt').open"): "a log, which grows as a training runs",
    ("study/engine.py", "probe.touch"): "an empty file, to learn whether one can be made",
    ("cli/__init__.py", "os.open"): "the null device",
}


def writings(text: str) -> Iterator[str]:
    """Name each call that can write a file: by its method, or `open` in a mode that is not for reading."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        owner, _, last = name.rpartition(".")
        if (last == "open" and (owner == "os" or is_for_writing(node))) or (
            last in WRITERS and (last not in {"save", "dump", "copy", "move", "link"} or owner in MODULES)
        ):
            yield name


def is_for_writing(call: ast.Call) -> bool:
    modes = [*call.args[:2], *(word.value for word in call.keywords if word.arg == "mode")]
    texts = [mode.value for mode in modes if isinstance(mode, ast.Constant) and isinstance(mode.value, str)]
    return any(0 < len(text) <= 3 and set(text) <= set("rwaxbt+") and set(text) & set("wax+") for text in texts)


def test_every_writing_is_known() -> None:
    found = {
        (file.relative_to(PACKAGE).as_posix(), name)
        for file in PACKAGE.rglob("*.py")
        for name in writings(file.read_text(encoding="utf-8"))
    }
    assert found - {*KNOWN} == set(), "say what keeps half of it from its name"
    assert {*KNOWN} - found == set()


def test_the_check_sees_them() -> None:
    seen = "a.open('w')\nopen(f, mode='ab')\nwith x.open('r+') as f: pass\ntorch.save(a, b)\nf.write_text('')"
    assert [*writings(seen)] == ["a.open", "open", "torch.save", "f.write_text", "x.open"]
    assert [*writings("a.open()\nopen(f, 'rb')\nx.copy()\nself.save(a)\nformat.open(root, names)")] == []
