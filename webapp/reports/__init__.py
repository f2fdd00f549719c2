"""The weekly report: how a school or one's classes did, by mail on Mondays, on a page, on paper and as tables."""
