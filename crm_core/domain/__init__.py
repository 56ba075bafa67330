"""Values and rules of the customer base; no storage, no I/O."""
