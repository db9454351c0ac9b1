"""The project: settings, addresses, the task queue and the embedded services."""
