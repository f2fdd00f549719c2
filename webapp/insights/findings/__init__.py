"""The findings: pure functions of typed rows. Each says what it needs, and nothing below that."""
