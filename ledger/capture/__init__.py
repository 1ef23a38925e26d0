"""Where records come from: a wrapped command, tables, JSON, event logs."""
