"""An annotation file <-> objects in an image: the only readers and writers of every annotation format."""
