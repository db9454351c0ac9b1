"""Embedders: what turns texts into vectors whose cosine says how near they are in meaning.

`local` holds a model in this process, `server` has one on a socket, `client` asks there; `fake` is for tests.
"""

from language_models.embedders.contract import Embedder, EmbedderUnavailableError, Vectors

__all__ = ["Embedder", "EmbedderUnavailableError", "Vectors"]
