"""Readers of ground truth and detections, one format a file; all make the same arrays."""
