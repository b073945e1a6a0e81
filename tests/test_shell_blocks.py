"""Every shell block of README and documentation works when it is pasted: each page is a session, run on tiny data."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from shell_commands import CHECKOUT, PAGES, commands, make_small, split, unmarked
from shell_folder import make_datasets, make_folder

from yolo_slice.cli.command import load_command, split_name

READ_ONLY = {  # page -> why its commands are read and not run
    "bench": "times need a quiet machine, and tests/bench runs the command",
    "measured": "the trainings of published measurements",
}
LOOKED_AT = ("pip", "git", "make", "python", "python3", ".", "ray")  # they install, or start what has tests of its own
IN_TESTS_OF_STUDIES = ("cluster=auto", "models=yolov8n.pt,yolov8n.pt:slicesamp,yolov8n.pt:spd2x2")
Run = Callable[[list[str], Path], dict[str, Any]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders: what the commands name, and Ultralytics' data sets."""
    root = tmp_path_factory.mktemp("shell")
    make_folder(root / "named")
    make_datasets(root / "datasets")
    return root


@pytest.fixture(scope="module")
def run(folders: Path) -> Iterator[Run]:
    """Run a command in a folder, in a process that serves all of them, and is none of pytest's for Ultralytics."""
    words = [sys.executable, str(Path(__file__).with_name("shell_process.py")), str(folders / "datasets")]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    environment |= {
        "PYTHONPATH": os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH")))),
        "PATH": os.pathsep.join(
            (str(Path(sys.executable).parent), os.environ["PATH"])
        ),  # as in an activated environment
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, env=environment, cwd=folders, text=True, **pipes) as process:

        def ask(command: list[str], folder: Path) -> dict[str, Any]:
            process.stdin.write(json.dumps({"words": command, "folder": str(folder)}) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.stem)
def test_a_page_works_when_it_is_pasted(page: Path, run: Run, folders: Path) -> None:
    if page.stem in READ_ONLY:
        pytest.skip(READ_ONLY[page.stem])
    here = folders / page.stem
    shutil.copytree(folders / "named", here)
    for line in commands(page):
        words = split(line, str(here))
        if words[0] in LOOKED_AT or {*IN_TESTS_OF_STUDIES} & {*words}:
            continue
        answer = run(make_small(words), here)
        print(f"{answer['cpu_s']:6.1f} s  {line}")
        assert answer["status"] == 0, f"{line}\n{answer['said'][-3000:]}"


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
