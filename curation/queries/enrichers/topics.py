"""Topics of a project: what its users talk about, where there is little, and how near topics are to each other."""

from dataclasses import dataclass
from uuid import UUID

from curation.models import Job, MessageEmbedding, Project, Topic

TOPICS_JOB = "topics"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMap:
    """The topics, largest first, with what is known of the clustering that made them."""

    topics: list[Topic]
    message_count: int
    embedded_count: int
    job: Job | None

    @property
    def thin_count(self) -> int:
        """How many topics hold too little to learn much from."""
        return sum(topic.is_thin for topic in self.topics)

    @property
    def largest(self) -> int:
        """How many messages the largest topic holds."""
        return max((topic.message_count for topic in self.topics), default=0)


def topic_map(project: Project) -> TopicMap:
    """Return the topics of the newest clustering, in three statements."""
    topics = Topic.objects.for_project(project).defer("centre").order_by("-message_count", "id")
    jobs = Job.objects.for_project(project).filter(kind=TOPICS_JOB).order_by("-id")
    found = list(topics)
    return TopicMap(
        topics=found,
        message_count=sum(topic.message_count for topic in found),
        embedded_count=MessageEmbedding.objects.for_project(project).values("id")[:10_000].count(),
        job=jobs.first(),
    )


def topic_of(project: Project, uuid: UUID) -> Topic | None:
    """Return a topic of a project."""
    return Topic.objects.for_project(project).defer("centre").filter(uuid=uuid).first()
