"""Every shell block of README and documentation works when it is pasted: each page is a session, run on tiny data."""

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from ready_process import YOLO, run_python
from shell_commands import CHECKOUT, PAGES, commands, make_small, split, unmarked
from shell_folder import make_datasets, make_folder, write
from ultralytics.utils import SETTINGS

from yolo_slice.cli.command import load_command, split_name

READ_ONLY = {  # page -> why its commands are read and not run
    "bench": "times need a quiet machine, and tests/bench runs the command",
    "measured": "the trainings of published measurements",
    "ssb": "yolov8s is a download, and times need a quiet machine; tests/blocks and tests/cam run small models",
    "semantic-segmentation": "60 million parameters on ADE20K's gigabyte; tests/segmentation runs the small model",
    "selective-downsampling": "Cityscapes' images are far away; tests/segmentation runs the model",
}
# They install, or start what has tests of its own.
LOOKED_AT = ("pip", "git", "make", "python", "python3", "pytest", ".", "ray")
IN_TESTS_OF_STUDIES = ("cluster=auto", "models=yolov8n.pt,yolov8n.pt:slicesamp,yolov8n.pt:spd2x2")
PROGRAMS = {"yolo": YOLO, "yolo-slice": "import sys; from yolo_slice.cli import main; sys.exit(main())"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands name, and Ultralytics' settings and data sets as they are outside of any checkout."""
    root = tmp_path_factory.mktemp("shell")
    make_folder(root / "named")
    make_datasets(root / "datasets")
    settings = {**SETTINGS, "runs_dir": "runs", "datasets_dir": str(root / "datasets")}
    write(root / "settings" / "Ultralytics" / "settings.json", json.dumps(settings))
    return root


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=page.stem, marks=() if page.stem == "README" else pytest.mark.apart)
        for page in PAGES
        if commands(page)
    ],
)
def test_a_page_works_when_it_is_pasted(page: Path, folders: Path) -> None:
    if page.stem in READ_ONLY:
        pytest.skip(READ_ONLY[page.stem])
    here = folders / page.stem
    shutil.copytree(folders / "named", here)
    environment = {
        "YOLO_CONFIG_DIR": str(folders / "settings"),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),  # an activated environment
    }
    for line in commands(page):
        words = split(line, str(here))
        if words[0] not in LOOKED_AT and not {*IN_TESTS_OF_STUDIES} & {*words}:
            print(line)
            program, *arguments = make_small(words)
            run_python(PROGRAMS[program], *arguments, folder=here, **environment)


@pytest.mark.parametrize(
    "line", [pytest.param(x, id=f"{page.stem}: {x[:60]}") for page in PAGES for x in commands(page)]
)
def test_a_command_can_be_read(line: str) -> None:
    program, *words = split(line, "/here")
    if program == "yolo-slice" and not {"help", "--help"} & {*words}:
        name, rest = split_name(words)
        load_command(name).read(rest)
    elif program == "python" and words[0] == "-m":
        assert importlib.util.find_spec(words[1])
    elif program == "make":
        assert f"\n{words[0]}:" in (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    else:
        assert program in ("yolo", "yolo-slice", *LOOKED_AT)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_stand_in_shell_blocks(page: Path) -> None:
    assert unmarked(page) == []


def test_a_small_command_is_the_same_command() -> None:
    assert small("yolo train model=yolov5s-5.0.yaml data=a.yaml epochs=100 name=x") == (
        "yolo train model=yolov5n-5.0.yaml data=a.yaml name=x "
        "epochs=1 imgsz=64 batch=4 workers=0 plots=False amp=False device=cpu"
    )
    assert small("yolo-slice data check my-data") == "yolo-slice data check my-data"
    assert small("yolo-slice convert model=best.pt to=spd") == "yolo-slice convert model=best.pt to=spd"
    assert "steps=0" in small("yolo-slice convert model=best.pt to=slice data=d.yaml")
    assert "steps=2" in small("yolo-slice cam score model=best.pt data=d.yaml")
    assert "steps=2" not in small("yolo-slice cam model=best.pt source=d")


def small(line: str) -> str:
    return " ".join(make_small(split(line, "/here")))


def test_there_are_many() -> None:
    assert sum(len(commands(page)) for page in PAGES) > 70
