"""Models of language, reached without Django: embedders, and what clients of chat models will share."""
