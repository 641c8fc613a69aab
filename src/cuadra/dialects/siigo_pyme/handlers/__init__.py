"""What every resource does, one module each."""
