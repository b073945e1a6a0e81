"""Blocks that live elsewhere: in a file of a project, or in an installed package.

A project's file is the module `yolo_slice.outside.NAME_HASH`, whatever its path: NAME is the file's, HASH the beginning
of the hash of its content. Checkpoints name the classes in it so, and nothing of another content answers to that name.
Which files may be run is said in `trust`.
"""

from yolo_slice.outside.finder import install_finder

install_finder(__name__)
