"""Detection heads that Ultralytics does not have: YOLOv5's anchor-based head of releases 5.0 and 6.0, with its loss."""
