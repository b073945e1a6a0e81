"""The host's own layout: images/, labels/ with a text file an image, and a data YAML."""
