"""The study timer: time that is measured while it is spent, and becomes a slot."""
