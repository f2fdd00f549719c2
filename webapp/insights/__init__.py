"""What the last weeks show, in plain words, each with the figures and rows behind it."""
