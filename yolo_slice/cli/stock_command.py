"""The stock `yolo` command: mistakes that we explain end in one line, and `yolo cam` is `yolo-slice cam`."""

import re
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from yolo_slice.cli import main
from yolo_slice.errors import SliceError, one_line
from yolo_slice.integration.replacing import Function, replace

ALIASES = frozenset({"cam"})  # commands of `yolo-slice` that `yolo` knows, too
NEED_DATA = frozenset({"train", "val", "tune"})
FOR_EXPORT = frozenset({"onnx", "onnxslim", "onnxruntime", "openvino"})  # what our extra of that name brings


def patch(cfg: ModuleType) -> None:
    """Wrap `ultralytics.cfg.entrypoint`, which is what the `yolo` script calls."""

    def wrap(stock: Function) -> Function:
        def entrypoint(*args: Any, **kwargs: Any) -> Any:
            if not args and not kwargs and sys.argv[1:2] and sys.argv[1] in ALIASES:
                raise SystemExit(main(sys.argv[1:]))
            words = str(args[0]).split() if args else sys.argv[1:]
            if data := missing_data(words, cfg.checks.check_file):
                raise SystemExit(f"yolo-slice: {one_line(f'data={data} does not exist')}")
            try:
                return stock(*args, **kwargs)
            except SliceError as error:
                raise SystemExit(f"yolo-slice: {one_line(str(error))}") from None
            except (RuntimeError, ModuleNotFoundError) as error:
                if message := explain(error):
                    raise SystemExit(f"yolo-slice: {one_line(message)}") from None
                raise

        return entrypoint

    replace(cfg, "entrypoint", wrap)


def missing_data(words: Sequence[str], check_file: Function) -> str:
    """Name the data YAML of a command line that is not to be found; Ultralytics looks only when the model is built.

    Args:
        words: The command line.
        check_file: Ultralytics' own look-up.

    Returns:
        Its name; empty if there is none, if it is there, or if it is to be downloaded.
    """
    named = [word.removeprefix("data=") for word in words if re.fullmatch(r"data=(?!.*://).*\.ya?ml", word)]
    reads = not NEED_DATA.isdisjoint(words)
    return next((name for name in named if reads and not check_file(name, download=False, hard=False)), "")


def explain(error: Exception) -> str:
    """Say in one line what Ultralytics has failed at, where that is a mistake in the command or a missing package.

    Returns:
        The line; empty for an error that may be anything.
    """
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        means = f"pip install {package}, or install yolo-slice with its extra [export]"
        return f"this needs {package}, which is not installed: {means}" if package in FOR_EXPORT else ""
    data = re.match("Dataset '(.*?)' error", str(error))
    if not data or not isinstance(error.__cause__, FileNotFoundError):
        return ""
    reason = " ".join(str(error.__cause__).split())
    return f"data={data[1]} does not exist" if reason.startswith(f"'{data[1]}'") else f"data={data[1]}: {reason}"
