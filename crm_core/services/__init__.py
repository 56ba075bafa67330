"""What is done where two aggregates change or are read together; storage comes as a Protocol."""
