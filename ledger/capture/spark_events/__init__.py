"""Event logs of Apache Spark, read as a stream: one record for each application."""
