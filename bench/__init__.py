"""Measuring Milepost's own pages against a "hello" view served by the same server in the same run."""
