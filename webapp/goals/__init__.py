"""Goals that people set themselves, and how far they are with them."""
