"""How far a job is that asks about a chunk of conversations at once: by the questions that have begun."""

from curation.services.work.jobs import JobProgress


class ChunkProgress:
    """Reports before each question, and raises where the job was cancelled."""

    def __init__(self, progress: JobProgress, *, total: int) -> None:
        self._progress, self._total = progress, total
        self._done, self._size, self._questions, self._begun = 0, 0, 1, 0

    def begin(self, *, done: int, size: int, questions: int) -> None:
        """Note that so many conversations are done, and that the next ones take about so many questions."""
        self._done, self._size, self._questions, self._begun = done, size, max(1, questions), 0
        self._progress.report(done, total=self._total, now=True)

    def __call__(self) -> None:
        """Report before a question; one that is asked again counts as one of those foreseen."""
        share = min(self._begun / self._questions, 1.0)
        self._progress.report(self._done + int(share * self._size), total=self._total)
        self._begun += 1

    def end(self) -> None:
        """Report that all is done."""
        self._progress.report(self._total, total=self._total, now=True)
