"""Events as JSON: sending them, and reading what was sent."""
