"""The track record: stored forecasts read back, graded with the present market source, written."""
