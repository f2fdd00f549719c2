"""A code from one's phone beside the password, and recovery codes for when the phone is gone."""
