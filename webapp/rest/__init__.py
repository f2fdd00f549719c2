"""When people rest: a school's terms and holidays, and each person's days off."""
