"""`yolo export`: a hand on what is exported, and on the files that come of it."""
