"""Milepost: plan study time, see what it adds up to."""

import gc

# Starting makes some 300,000 objects that stay, and a request some thousands that go by themselves. Python's own
# threshold of 700 was looking through the former again and again: a fifth of the time that a process takes to start.
gc.set_threshold(10_000, 10, 10)
