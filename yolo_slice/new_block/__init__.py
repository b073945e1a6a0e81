"""Starts a block of one's own: its file, its test, and a model file with it."""
