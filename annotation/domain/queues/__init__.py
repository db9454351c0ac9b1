"""The rules of queues: of how many people a task is asked, in which order, and how two protocols cross."""
