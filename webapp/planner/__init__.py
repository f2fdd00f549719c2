"""Categories, tasks, slots, focus windows, calendars and the study timer."""
