"""The rules of protocols that take more than a few lines: scales, places, steps, faulty spans."""
