"""What an execution record is: its schema, canonical form, name and signatures."""
