"""From a Spark job to a recommendation, and how the runs were made that come with perfledger."""
