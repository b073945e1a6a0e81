"""Autoload, in processes of their own: what works with no import line, and what still works when we are broken."""

import ast
import os
import re
import shutil
import statistics
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from ready_process import TORCH, run_python

from yolo_slice._autoload import PATCHES

PACKAGE = Path(__file__).parents[1] / "yolo_slice"
IS_INSTALLED = any(point.name == "yolo_slice" for point in metadata.entry_points(group="torch.backends"))
BUILD = "from ultralytics import YOLO; print(type(YOLO('yolov8n-slice.yaml').model.model[1]).__name__)"
SLOW = pytest.mark.slow  # a process costs seconds; one case of each kind is fast
FLOOR = pytest.mark.floor
APART = pytest.mark.apart

pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="yolo-slice is not installed, so torch cannot autoload it")


def python(code: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new process, in a folder that is not the checkout."""
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        env={**os.environ, **environment},
        cwd=os.environ["YOLO_CONFIG_DIR"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("code", "options", "environment"),
    [
        pytest.param(BUILD, (), {}, id="no import line"),
        pytest.param(f"import yolo_slice; {BUILD}", (), {}, id="import first", marks=SLOW),
        pytest.param(f"import yolo_slice.blocks; {BUILD}", (), {}, id="blocks first", marks=APART),
        pytest.param(BUILD.replace("ultralytics", "yolo_slice"), (), {}, id="YOLO from yolo_slice", marks=SLOW),
        pytest.param(
            f"import ultralytics.nn.tasks, yolo_slice; {BUILD}",
            (),
            {"TORCH_DEVICE_BACKEND_AUTOLOAD": "0"},
            id="autoload off, ultralytics first",
            marks=pytest.mark.long,
        ),
        pytest.param(
            f"import torch, yolo_slice; {BUILD}",
            (),
            {"TORCH_DEVICE_BACKEND_AUTOLOAD": "0"},
            id="autoload off, torch first",
            marks=SLOW,
        ),
        pytest.param(BUILD, ("-I",), {}, id="isolated", marks=APART),
        pytest.param(
            f"import importlib, ultralytics.nn.tasks as t; importlib.reload(t); {BUILD}",
            (),
            {},
            id="reloaded host",
            marks=(SLOW, FLOOR),
        ),
        pytest.param(BUILD, (), {"ULTRALYTICS_SAFE_LOAD": "1"}, id="safe load", marks=(SLOW, FLOOR)),
    ],
)
def test_slice_model_builds(code: str, options: tuple[str, ...], environment: dict[str, str]) -> None:
    result = python(code, *options, **environment)
    assert result.stdout.splitlines()[-1:] == ["SliceSamp"], result.stderr


@pytest.mark.long
def test_an_unrelated_program_loads_two_modules_of_ours() -> None:
    code = "import sys, torch; print(sorted(m for m in sys.modules if m.startswith(('yolo_slice', 'ultralytics'))))"
    assert python(code).stdout.strip() == "['yolo_slice', 'yolo_slice._autoload']"


def test_an_unrelated_program_pays_next_to_nothing(tmp_path: Path) -> None:
    code = (
        "from time import process_time as now; a = now(); import yolo_slice; b = now(); import argparse; c = now();"
        "print((b - a) * 1000, (c - b) * 1000)"
    )
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path)}  # as it is from the second run on
    times = [[float(part) for part in python(code, **compiled).stdout.split()] for _ in range(10)]
    ratio = statistics.median(ours / argparse for ours, argparse in times)
    print(f"import and autoload: best {min(times)[0]:.2f} ms, {ratio:.2f} of what importing argparse takes")
    assert ratio < 0.3  # a ratio, because a busy machine makes every import several times slower


@pytest.mark.long
def test_switch_turns_everything_off() -> None:
    code = (
        "import sys, yolo_slice, ultralytics.nn.tasks as t, ultralytics.utils.checks as c, ultralytics.cfg as f;"
        "print(any('PostImport' in type(x).__name__ for x in sys.meta_path),"
        "*(hasattr(x, 'yolo_slice_stock') for x in (t.parse_model, c.check_file, f.entrypoint)));"
        "from ultralytics import YOLO; YOLO('yolov8n-slice.yaml')"
    )
    result = python(code, YOLO_SLICE_DISABLE="1")
    assert result.stdout.strip() == "False False False False"
    assert "-slice.yaml' does not exist" in result.stderr


def install(folder: Path) -> None:
    """Make a folder with a copy of the package look installed, as pyproject.toml says."""
    entry = re.search(
        r'"torch\.backends"\]\n(yolo_slice) = "(.+)"', (PACKAGE.parent / "pyproject.toml").read_text("utf-8")
    )
    assert entry
    info = folder / "yolo_slice-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: yolo-slice\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(f"[torch.backends]\n{entry[1]} = {entry[2]}\n")


@pytest.mark.long
@pytest.mark.parametrize(
    ("file", "content"),
    [
        pytest.param("integration/hooks/parser.py", "raise RuntimeError('broken on purpose')", id="parser"),
        pytest.param("integration/replacing.py", "syntax error on purpose", id="replacing", marks=APART),
        pytest.param("blocks/slice_samp.py", "import no_such_module", id="a block", marks=SLOW),
        pytest.param("registry.py", "1 / 0", id="registry", marks=APART),
        pytest.param("paths.py", "raise SystemError", id="paths", marks=SLOW),
        pytest.param("errors.py", None, id="a missing file", marks=APART),
        pytest.param("integration", None, id="a missing folder", marks=SLOW),
        pytest.param("_autoload.py", "syntax error on purpose", id="the entry itself"),
    ],
)
def test_broken_copy_leaves_torch_and_stock_yolo_working(tmp_path: Path, file: str, content: str | None) -> None:
    shutil.copytree(PACKAGE, tmp_path / "yolo_slice", ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path / "yolo_slice" / file
    if content is not None:
        target.write_text(content)
    elif target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink()
    install(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import torch; torch._import_device_backends();"
        "from ultralytics import YOLO; print(f\"{len(YOLO('yolov8n.yaml').model.model)} layers\")"
    )
    # `import torch` ends with that call, unless it is told not to make it
    printed = run_python(code, folder=tmp_path, ready=TORCH, TORCH_DEVICE_BACKEND_AUTOLOAD="0").splitlines()
    assert "23 layers" in printed
    ours = [line for line in printed if "yolo-slice" in line]
    assert len(ours) == 1
    assert "slice blocks are disabled" in ours[0]


@pytest.mark.long
@pytest.mark.parametrize("content", ["syntax error on purpose", ""], ids=["broken", "empty"])
def test_a_broken_init_is_left_to_torchs_switch_and_the_documentation_says_so(tmp_path: Path, content: str) -> None:
    """Nothing of ours runs before that file; torch's message is what people will search for."""
    shutil.copytree(PACKAGE, tmp_path / "yolo_slice", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "yolo_slice" / "__init__.py").write_text(content)
    install(tmp_path)
    code, switch = "import torch; print('torch ok')", "TORCH_DEVICE_BACKEND_AUTOLOAD=0"
    message = "Failed to load the backend extension: yolo_slice"
    result = python(code, PYTHONPATH=str(tmp_path))
    assert (result.returncode, message in result.stderr) == (1, True), result.stderr
    result = python(code, PYTHONPATH=str(tmp_path), **dict([switch.split("=")]))
    assert (result.stdout.strip(), result.stderr) == ("torch ok", "")
    known = " ".join((PACKAGE.parent / "docs" / "how-it-works.md").read_text("utf-8").split())
    assert message in known
    assert switch in known.partition(message)[2][:500]


@pytest.mark.long
def test_a_host_that_cannot_be_imported_leaves_torch_working() -> None:
    result = python("import sys; sys.modules['ultralytics'] = None; import torch, yolo_slice; print('torch ok')")
    assert result.stdout.strip() == "torch ok"
    assert not result.stderr


@pytest.mark.long
def test_spawned_data_loader_workers_know_the_blocks(tmp_path: Path) -> None:
    script = tmp_path / "spawn.py"
    script.write_text(
        "import torch\n"
        "class Data(torch.utils.data.Dataset):\n"
        "    def __len__(self): return 2\n"
        "    def __getitem__(self, i):\n"
        "        from ultralytics import YOLO\n"
        "        return len(YOLO('yolov8n-slice.yaml').model.model)\n"
        "if __name__ == '__main__':\n"
        "    loader = torch.utils.data.DataLoader(Data(), num_workers=1, multiprocessing_context='spawn')\n"
        "    print([int(x) for x in loader])\n"
    )
    result = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300, check=False)
    assert result.stdout.splitlines()[-1:] == ["[23, 23]"], result.stderr


@pytest.mark.long
def test_every_hook_is_a_module_with_patch_and_every_such_module_is_a_hook() -> None:
    named = {name for names in PATCHES.values() for name in names}
    files = {path.relative_to(PACKAGE): ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}
    with_patch = {
        ".".join(path.with_suffix("").parts)
        for path, tree in files.items()
        if any(isinstance(node, ast.FunctionDef) and node.name == "patch" for node in tree.body)
    }
    assert named == with_patch
    in_hooks = {f"integration.hooks.{path.stem}" for path in files if path.parent == Path("integration/hooks")}
    assert in_hooks - {"integration.hooks.__init__"} == {name for name in named if name.startswith("integration.")}
