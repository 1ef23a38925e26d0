"""Jobs of Apache Flink, as its REST API tells of them and as it archives them."""
