"""PASCAL VOC: a folder of XML files, images and lists, or a devkit of two years."""
