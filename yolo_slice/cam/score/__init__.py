"""`yolo-slice cam score`: whether maps can be trusted, measured against boxes."""
