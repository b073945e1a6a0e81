"""Every Python snippet of README and documentation is right for pyright in strict mode, as an editor shows it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
# Not ours: members of Ultralytics' YOLO have partly unknown types, and torchvision has no stubs.
EXCUSED = [
    ("reportUnknownMemberType", 'Type of "load" is partially unknown'),
    ("reportUnknownMemberType", 'Type of "train" is partially unknown'),
    ("reportMissingTypeStubs", 'Stub file not found for "torchvision'),
]
WRONG = """from yolo_slice import SliceSamp, SliceSmap, convert_weights
SliceSamp("three", 8)
convert_weights("best.pt", to="slicesmap")
"""


def snippets() -> dict[str, str]:
    pages = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
    found = {page.stem: re.findall(r"(?ms)^```python\n(.*?)^```", page.read_text(encoding="utf-8")) for page in pages}
    return {
        f"{re.sub(r'[-.]', '_', stem)}_{i}.py": code for stem, codes in found.items() for i, code in enumerate(codes)
    }


def complaints(folder: Path) -> list[tuple[str, str, str]]:
    """Run pyright; return file, rule and first line of each error."""
    settings = {"include": ["."], "typeCheckingMode": "strict", "extraPaths": [str(CHECKOUT)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", "-p", str(folder)]
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        pytest.skip(f"pyright does not start here (its node needs a network once): {done.stdout}{done.stderr}"[-300:])
    errors = report["generalDiagnostics"]
    return [(Path(e["file"]).name, e.get("rule", ""), e["message"].splitlines()[0]) for e in errors]


@pytest.mark.slow
def test_an_editor_has_nothing_to_say_of_the_snippets_and_much_of_mistakes(tmp_path: Path) -> None:
    for name, code in {**snippets(), "wrong.py": WRONG}.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    found = complaints(tmp_path)
    wrong = {rule for file, rule, _ in found if file == "wrong.py"}
    assert {"reportAttributeAccessIssue", "reportArgumentType"} <= wrong
    assert len([file for file, rule, _ in found if (file, rule) == ("wrong.py", "reportArgumentType")]) == 2
    others = [complaint for complaint in found if complaint[0] != "wrong.py"]
    assert [c for c in others if not any(c[1] == rule and c[2].startswith(text) for rule, text in EXCUSED)] == []


def test_there_are_snippets_and_all_of_them_are_python() -> None:
    assert len(snippets()) >= 9
    for name, code in snippets().items():
        compile(code, name, "exec")
