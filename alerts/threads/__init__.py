"""What is written, said and filed between a partner and us about a case."""
