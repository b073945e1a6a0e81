"""The commands, a file each: EXAMPLE, PLACES if words without a key are for some settings, and `run`."""
