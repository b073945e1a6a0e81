"""Ultralytics' own layout: images/, labels/ with a text file for each image, and a data YAML."""
