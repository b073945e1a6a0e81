"""One process at a time writes a file or folder; the lock is the system's, so it ends with its holder."""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from yolo_slice.errors import SliceError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_BUSY = (BlockingIOError, PermissionError)
_FAR = 1 << 30  # Windows lets nobody read a locked byte; the holder's name is before it
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)  # of a file system that has none
_PAUSE_S = 0.2


@contextmanager
def only_writer(path: Path, lock: Path, wait: bool = False) -> Iterator[bool]:
    """Hold a lock, and yield whether somebody left it behind who was killed; the file is gone afterwards.

    Args:
        path: What is written, for the message.
        lock: A file that stands for it.
        wait: Wait for whoever holds it.

    Raises:
        SliceError: If another process, or another part of this one, holds it, and `wait` is off; or if nothing can be
            written there.
    """
    try:
        handle = _open(path, lock, wait)
    except OSError as fault:
        raise SliceError(f"{path} could not be written ({fault.strerror})") from fault
    try:
        yield _sign(path, handle)
    finally:
        _release(handle, lock)


def _sign(path: Path, handle: int) -> bool:
    """Write the holder into the file; tell whether another one stood there."""
    was_left = bool(os.read(handle, 1))
    try:
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, f"process {os.getpid()}".encode())
    except OSError as fault:
        raise SliceError(f"{path} could not be written ({fault.strerror})") from fault
    return was_left


def _open(path: Path, lock: Path, wait: bool) -> int:
    """Open the file and lock it; again if its holder has removed it in between."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _acquire(handle)
            if os.path.samestat(os.fstat(handle), lock.stat()):
                return handle
        except FileNotFoundError:
            pass
        except _BUSY:
            holder = os.read(handle, 100).decode(errors="replace") or "another process"
            if not wait:
                os.close(handle)
                raise SliceError(f"{path} is being written by {holder}; wait for it, or name another place") from None
            time.sleep(_PAUSE_S)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


if sys.platform == "win32":

    def _acquire(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(handle, 0, os.SEEK_SET)

    def _release(handle: int, lock: Path) -> None:
        os.close(handle)  # an open file cannot be removed there
        with suppress(OSError):
            lock.unlink()

else:

    def _acquire(handle: int) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            if fault.errno not in _NO_LOCKS:
                raise

    def _release(handle: int, lock: Path) -> None:
        lock.unlink(missing_ok=True)
        os.close(handle)
