"""What is tried, a file each: CASES, COUNT of trials, FAST of them in the test suite, and `run`."""
