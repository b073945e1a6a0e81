"""The package as a user gets it: wheel, sdist, editable, bare checkout."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PACKAGE_FILES = {
    p.relative_to(CHECKOUT).as_posix()
    for p in (CHECKOUT / "yolo_slice").rglob("*")
    if p.is_file() and p.parent.name != "__pycache__"
}
YAMLS = {p.relative_to(CHECKOUT / "cfg").as_posix() for p in (CHECKOUT / "cfg").rglob("*.yaml")}
# Builds shipped model files, found by name, from a folder that is not the checkout: one scale of one, or every scale.
BUILD = """
import sys
import torch
import yaml
from ultralytics.nn import tasks
from yolo_slice.paths import CFG, model_files
scales = {file.stem: yaml.safe_load(file.read_text())["scales"] for file in model_files()}
names = [(*stem.partition("-"), scale) for stem in scales for scale in scales[stem]]
for family, _, variant, scale in names[:: int(sys.argv[1])]:
    with torch.device("meta"):
        tasks.parse_model(tasks.yaml_model_load(f"{family}{scale}-{variant}.yaml"), ch=3, verbose=False)
print(len(names), *(file.relative_to(CFG).as_posix() for file in CFG.rglob("*.yaml")), CFG, sep="|")
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel made from it."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "-o", folder, CHECKOUT], check=True, capture_output=True)
    return folder


def test_wheel_and_sdist_carry_every_yaml_and_no_more_than_they_should(built: Path) -> None:
    names = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    assert {f"yolo_slice/cfg/{name}" for name in YAMLS} <= names
    assert names >= PACKAGE_FILES  # styles, scripts and stubs, too
    assert {name.split("/")[0].split("-")[0] for name in names} == {"yolo_slice"}
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        files = {name.split("/", 1)[1] for name in archive.getnames()}
    assert {f"cfg/{name}" for name in YAMLS} | {"README.md", "LICENSE", "pyproject.toml", "tests/conftest.py"} <= files


@pytest.mark.parametrize("kind", ["wheel", "sdist", "editable", "bare"])
def test_models_build_in_a_new_environment(kind: str, built: Path, tmp_path: Path) -> None:
    """The new environment borrows the dependencies of this one; yolo-slice itself it has only from `kind`.

    The files are the same whatever they come from: all models are built from the wheel, a few from the others.
    """
    venv.create(tmp_path / "env")
    python = next(p for p in (tmp_path / "env/bin/python", tmp_path / "env/Scripts/python.exe") if p.exists())
    site = Path(run(python, "import sysconfig; print(sysconfig.get_path('purelib'))", tmp_path))
    (site / "borrowed.pth").write_text(f"{dependencies(tmp_path)}\n")
    source = {"wheel": next(built.glob("*.whl")), "sdist": next(built.glob("*.tar.gz")), "editable": CHECKOUT}.get(kind)
    if source:
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "-q"]
        subprocess.run([*pip, *(["-e"] if kind == "editable" else []), source], check=True, capture_output=True)
    is_bare, step = kind == "bare", "1" if kind == "wheel" else "50"
    out = run(python, "import yolo_slice\n" * is_bare + BUILD, tmp_path, step, path=str(CHECKOUT) if is_bare else "")
    count, *files, cfg = out.splitlines()[-1].split("|")
    assert int(count) == 12 * 5 + 11 * 5 + 3 * 4  # swapped, YOLOv5 5.0, YOLOv5 6.0
    assert {*files} == YAMLS
    assert Path(cfg).is_relative_to(CHECKOUT if kind in ("editable", "bare") else site)


def dependencies(folder: Path) -> Path:
    """A folder of links to everything this environment has, except yolo-slice."""
    import ultralytics

    links = folder / "borrowed"
    links.mkdir()
    for path in Path(ultralytics.__file__).parents[1].iterdir():
        if not path.name.startswith(("yolo_slice", "_editable_impl_yolo_slice", "__editable__", "pip", "distutils")):
            (links / path.name).symlink_to(path)
    return links


def run(python: Path, code: str, folder: Path, *arguments: str, path: str = "") -> str:
    result = subprocess.run(
        [python, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()
