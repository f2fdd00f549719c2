"""Who has how many points, among those who want it to be seen."""
