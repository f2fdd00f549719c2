"""Reading how the installation is."""
