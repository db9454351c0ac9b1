"""What the labels of a project say, and how reports of it are kept."""
