"""What people do with a case, and what its timeline keeps of it."""
