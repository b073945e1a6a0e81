"""COCO: one JSON file a split, with images, annotations and categories."""
