"""New Python processes that need no start: copies of one that has imported torch or Ultralytics, and no more."""

import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

TORCH = "import torch"
# What a training imports, most of it late. Torch has autoloaded us, unless the environment says otherwise.
ULTRALYTICS = """
from ultralytics import YOLO
import matplotlib.pyplot, polars, torchvision, ultralytics.utils.callbacks.raytune
"""
SERVER = """
import json, os, sys
for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if not child:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()
for stream, file in enumerate((os.devnull, *job["files"])):
    os.dup2(os.open(file, os.O_RDWR | os.O_CREAT), stream)
sys.stdin = open(os.devnull)
os.chdir(job["folder"])
sys.argv[:] = ["-c", *job["arguments"]]  # the same list, which Ultralytics has kept
exec(job["code"])
"""
YOLO = "import sys; sys.argv[0] = 'yolo'; from ultralytics.cfg import entrypoint; sys.exit(entrypoint())"


@functools.cache
def _server(ready: str, environment: tuple[tuple[str, str], ...]) -> "subprocess.Popen[str]":
    command, env = [sys.executable, "-c", ready + "\n" + SERVER], dict(environment)
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
    atexit.register(started.communicate)  # it ends when there is nothing more to read
    return started


def run_python(code: str, *arguments: str, folder: Path, ready: str = ULTRALYTICS, **environment: str) -> str:
    """Run code in a folder, with arguments and additions to the environment; return what it printed.

    Args:
        code: The code.
        arguments: Of its command line.
        folder: The folder.
        ready: What has been imported before.
        environment: Additions; they hold for `ready`, too.
    """
    env = {name: value for name, value in {**os.environ, **environment}.items() if not name.startswith("PYTEST")}
    with tempfile.TemporaryDirectory() as place:
        files = [Path(place, name) for name in ("stdout", "stderr")]
        if hasattr(os, "fork"):
            server = _server(ready, tuple(sorted(env.items())))
            assert server.stdin is not None
            assert server.stdout is not None
            job = {"code": code, "arguments": arguments, "folder": str(folder), "files": [*map(str, files)]}
            print(json.dumps(job), file=server.stdin, flush=True)
            status = int(server.stdout.readline())
        else:
            command = [sys.executable, "-c", code, *arguments]
            with files[0].open("w") as out, files[1].open("w") as err:
                status = subprocess.run(command, cwd=folder, env=env, stdout=out, stderr=err, check=False).returncode
        printed = "".join(file.read_text("utf-8") for file in files)
    assert status == 0, printed[-5000:]
    return printed


def yolo(*arguments: str, folder: Path) -> str:
    """Run the stock `yolo` command; return what it printed.

    It is what the `yolo` script holds, under its name: Ultralytics saves predictions for that name only.
    """
    return run_python(YOLO, *arguments, folder=folder, YOLO_VERBOSE="true")
