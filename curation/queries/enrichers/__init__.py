"""What is found in conversations by reading on."""
