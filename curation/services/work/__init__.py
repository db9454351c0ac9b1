"""Long work, its turns and its traces."""
