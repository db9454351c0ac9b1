"""What labels say: reports that a worker computes, and publishing what people agree on."""
