"""Makes `cam_fakes` and `toy_models` importable from the folders below: pytest puts a conftest's folder on the path."""
