"""A command in a process of its own: forked, because loading torch takes seconds, or from nothing."""

import contextlib
import ctypes
import io
import logging
import os
import selectors
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

Hook = Callable[[], None]
LIMIT_S = 120.0  # of the processor
PATIENCE = 40  # times as long by the clock: it waits for something that does not come
PR_SET_SECUREBITS, SECBIT_NOROOT = 28, 1


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: status is negative for a signal; the peak is of resident memory, with torch's about 400."""

    words: tuple[str, ...]
    status: int
    out: str
    err: str
    seconds: float
    peak_mib: float
    timed_out: bool = False
    cpu_s: float = 0.0


@dataclass(slots=True)
class Running:
    """A command that has been started."""

    words: tuple[str, ...]
    pid: int
    pipes: tuple[int, int]
    started: float = field(default_factory=time.monotonic)

    def wait(self, kill_after: float | None = None, by: int = signal.SIGKILL, limit_s: float = LIMIT_S) -> Ended:
        """Wait for its end, with a signal on the way if one is asked for.

        The limit is one of the processor, so that other jobs on the machine are not held against a command.
        """
        texts: dict[int, list[bytes]] = {pipe: [] for pipe in self.pipes}
        with selectors.DefaultSelector() as selector:
            for pipe in self.pipes:
                os.set_blocking(pipe, False)
                selector.register(pipe, selectors.EVENT_READ)
            timed_out = False
            while True:
                for key, _ in selector.select(0.003):
                    if not (part := _read(key.fd)):
                        selector.unregister(key.fd)
                    texts[key.fd].append(part)
                pid, status, usage = os.wait4(self.pid, os.WNOHANG)
                seconds = time.monotonic() - self.started
                if pid:
                    break
                if not selector.get_map():
                    time.sleep(0.002)
                if kill_after is not None and seconds > kill_after:
                    os.kill(self.pid, by)
                    kill_after = None
                if seconds > limit_s and (seconds > PATIENCE * limit_s or _cpu_s(self.pid) > limit_s):
                    timed_out = True
                    os.kill(self.pid, signal.SIGKILL)
        for pipe in self.pipes:
            texts[pipe].append(_read(pipe))
            os.close(pipe)
        out, err = (b"".join(texts[pipe]).decode(errors="replace") for pipe in self.pipes)
        code = os.waitstatus_to_exitcode(status)
        return Ended(
            self.words, code, out, err, seconds, usage.ru_maxrss / 1024, timed_out, usage.ru_utime + usage.ru_stime
        )


def _cpu_s(pid: int) -> float:
    """Seconds of the processor that a process, with those it has started and waited for, has taken."""
    try:
        return sum(psutil.Process(pid).cpu_times()[:4])
    except psutil.Error:
        return 0.0


def _read(pipe: int) -> bytes:
    parts = []
    with contextlib.suppress(BlockingIOError):
        while part := os.read(pipe, 1 << 20):
            parts.append(part)
    return b"".join(parts)


def start(
    words: Sequence[str], cwd: Path, inside: Sequence[Hook] = (), env: Mapping[str, str] | None = None
) -> Running:
    """Fork, and run `yolo-slice ...` or `yolo ...` in the child; hooks run in it before the command does."""
    sys.stdout.flush()
    sys.stderr.flush()
    (out, out_end), (err, err_end) = os.pipe(), os.pipe()
    if pid := os.fork():
        os.close(out_end)
        os.close(err_end)
        return Running(tuple(words), pid, (out, err))
    status = 70
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out_end, 1)
        os.dup2(err_end, 2)
        os.closerange(3, 256)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.update(env or {})
        tempfile.tempdir = None
        _open_stdout((env or {}).get("PYTHONIOENCODING", "utf-8"))
        os.chdir(cwd)
        for hook in inside:
            hook()
        status = _command(words)
    except SystemExit as end:
        status = _status(end.code)
    except BaseException:
        traceback.print_exc()
        status = 1
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _open_stdout(encoding: str) -> None:
    """Begin a new text on descriptor 1; Ultralytics' log holds the old one."""
    from ultralytics.utils import LOGGER

    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding)
    for handler in LOGGER.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stdout)


def _command(words: Sequence[str]) -> int:
    sys.argv[:] = words  # in place: Ultralytics keeps the list itself
    if words[0] == "yolo":
        from ultralytics.cfg import entrypoint

        entrypoint()
        return 0
    from yolo_slice.cli import main

    return main(words[1:])


def _status(code: object) -> int:
    if isinstance(code, str):
        print(code, file=sys.stderr)
        return 1
    return code if isinstance(code, int) else 0


def start_fresh(
    words: Sequence[str], cwd: Path, env: Mapping[str, str], has_rights: bool = True, out: str | None = None
) -> Running:
    """Start a new interpreter, with this environment and no more; what it says goes into a file if one is named."""
    (said, out_end), (err, err_end) = os.pipe(), os.pipe()
    if pid := os.fork():
        os.close(out_end)
        os.close(err_end)
        return Running(tuple(words), pid, (said, err))
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(out, os.O_WRONLY) if out else out_end, 1)
        os.dup2(err_end, 2)
        os.closerange(3, 256)
        os.chdir(cwd)
        if not has_rights:
            drop_rights()
        os.execve(sys.executable, [sys.executable, "-m", "yolo_slice.cli", *words[1:]], {**env})
    finally:
        os._exit(71)


def drop_rights() -> None:
    """Give up what root may do more than others, for what is executed from here, too; files stay one's own."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_SECUREBITS, SECBIT_NOROOT, 0, 0, 0)
    version_3_of_this_process = (ctypes.c_uint32 * 2)(0x20080522, 0)
    if libc.capset(version_3_of_this_process, (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "capset")


def call(function: Hook) -> None:
    """Run a function in a child, so that what it loads and starts does not stay in this process."""
    sys.stdout.flush()
    if pid := os.fork():
        _, status = os.waitpid(pid, 0)
        if status:
            raise RuntimeError(f"{function} failed in a child process")
        return
    status = 1
    try:
        function()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)
