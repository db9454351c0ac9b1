"""Chat models behind one protocol: any OpenAI-compatible endpoint, and models of this machine."""
