"""Reading what is held about people, what they asked for, and how an installation stands."""
