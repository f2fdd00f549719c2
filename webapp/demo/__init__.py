"""Demonstration data: schools that do not exist, with students who thrive, coast and slip away."""
