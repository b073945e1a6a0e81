"""Modules with `patch(module)`, called by `_autoload` after the module of Ultralytics has run."""
