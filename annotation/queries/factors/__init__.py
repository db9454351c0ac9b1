"""What drives preferences."""
