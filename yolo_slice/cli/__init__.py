"""The `yolo-slice` command. One file a command: see `commands/`."""

import io
import logging
import os
import sys
from collections.abc import Sequence

from yolo_slice import __version__
from yolo_slice.errors import SliceError, one_line

HELP = {"-h", "--help"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; a mistake of the user ends in one line on stderr.

    Args:
        argv: Command line without the program's name; default: this process's.

    Returns:
        Exit status: 0; 1 if the work could not be done, or has found a fault; 2 if the command line is wrong; as in a
        shell, 130 after Ctrl-C, 141 if nobody reads the output to its end.
    """
    words = sys.argv[1:] if argv is None else [*argv]
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name may have letters that the terminal has not
    logging.raiseExceptions = False  # if nothing can be written there, `print` says so, in one line
    try:
        status = _run(words)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever reads has read enough, as `head` does: that is no mistake
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end of the process
        return 141
    except SliceError as error:
        message, status = str(error), 1
    except OSError as error:
        message, status = f"{error.filename}: {error.strerror}" if error.filename else str(error), 1
    except MemoryError:
        message, status = "there is not enough memory for this", 1
    except KeyboardInterrupt:
        message, status = "interrupted", 130
    return _fail(message, status)  # not above: an error holds a progress bar, which prints its last line when it goes


def _run(words: Sequence[str]) -> int:
    from yolo_slice.cli.command import command_names, load_command, split_name

    if words[:1] == ["--version"]:
        print(f"yolo-slice {__version__}")
        return 0
    try:
        asked = [word for word in words if word not in HELP]
        is_help = len(asked) < len(words) or asked[:1] == ["help"]
        name, rest = split_name(asked[1:] if asked[:1] == ["help"] else asked)
        if is_help or rest[:1] == ["help"] or name not in command_names():
            return _help(name)
        command = load_command(name)
        settings = command.read(rest)
    except SliceError as error:
        return _fail(error, 2)
    return command.run(settings)


def _help(name: str) -> int:
    from yolo_slice.cli.help_text import help_of

    print(help_of(name))
    return 0


def _fail(error: object, status: int) -> int:
    print(f"yolo-slice: {one_line(str(error))}", file=sys.stderr)
    return status
