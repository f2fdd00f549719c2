"""The edge: requests, responses, access, errors and headers."""
