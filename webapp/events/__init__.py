"""Events that programs report: taken in quickly, stored once, counted for good."""
