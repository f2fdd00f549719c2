"""What it adds up to: quick stats, dashboard, explanations."""
