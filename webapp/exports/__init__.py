"""Files built in the background for download."""
