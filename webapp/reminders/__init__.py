"""Mails that people can switch on: the week in review, and a word when a goal is at risk."""
