"""Background work: queue, schedule, worker and supervisor."""
