"""Goals that those who look after a class offer to its students; each of them takes one up or declines."""
