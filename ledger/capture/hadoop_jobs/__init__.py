"""Jobs of Hadoop MapReduce and applications on YARN, as their REST APIs tell of them."""
