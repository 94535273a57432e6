"""English as the whole world reads it: dates that sort, and no a.m. or p.m."""

SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d H:i"
