"""What can go wrong, in the server's own sentences."""


class HarkenError(Exception):
    """A request that was not done. `status` is the HTTP status, 0 where no answer came."""

    def __init__(self, sentence: str, *, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status


class JobFailedError(HarkenError):
    """Long work that failed or was cancelled."""
