"""Setting a password by a link in a mail: for those who have forgotten theirs, and for those who have none yet."""
