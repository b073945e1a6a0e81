"""Every command in a shell block of README and documentation can be read: its name, its settings, its model file."""

import re
import shlex
from pathlib import Path

import pytest
from ultralytics.cfg import MODES
from ultralytics.utils import DEFAULT_CFG_DICT

from yolo_slice.cli.command import load_command, split_name
from yolo_slice.integration.model_files.model_names import is_known

CHECKOUT = Path(__file__).parents[1]
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?ms)^```sh\n(.*?)^```|^((?:    (?:yolo|yolo-slice) [^\n]*\n)+)")
KEYS = {"model", "data", *DEFAULT_CFG_DICT}


def commands(page: Path) -> list[str]:
    """List the lines of the shell blocks: brackets around what may be left out are taken off, of choices the first."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for found in BLOCK.finditer(text) for line in (found[1] or found[2]).splitlines()]
    return [re.sub(r"=(\w+)\|[\w|]+", r"=\1", re.sub(r"[\[\]]", "", line)) for line in lines if line]


COMMANDS = [pytest.param(line, id=f"{page.stem}: {line[:60]}") for page in PAGES for line in commands(page)]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_can_be_read(line: str) -> None:
    program, *words = shlex.split(line, comments=True)
    if program == "yolo-slice" and not {"help", "--help"} & {*words}:
        name, rest = split_name(words)
        load_command(name).read([word for word in rest if "..." not in word])
    elif program == "yolo" and words[0] != "cam":
        settings = dict(word.split("=", 1) for word in words if "=" in word)
        assert {*MODES} & {*words}
        assert settings.keys() <= KEYS
        model = settings.get("model", "x.pt")
        assert not model.endswith(".yaml") or is_known(model)
    else:
        assert program in ("yolo-slice", "yolo", "pip", "python", "python3", ".", "make", "git")


def test_there_are_many() -> None:
    assert len(COMMANDS) > 50
