"""The rules of data sets of small objects, where they differ from COCO's: one protocol per file."""
