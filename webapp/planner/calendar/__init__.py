"""Calendars that come in as iCalendar files, and the feed that goes out as one."""
