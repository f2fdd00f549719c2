"""Pure Python that everything else may import; imports nothing of the application."""
