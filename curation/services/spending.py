"""What asking models cost: every request is counted, and a budget is a hard stop."""

from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from curation.models import ModelCall, ModelEndpoint
from language_models.chat.asking import Price
from language_models.protocols import BudgetSpentError, Usage


def price_of(endpoint: ModelEndpoint) -> Price:
    """Return what the endpoint's tokens cost."""
    return Price(prompt=endpoint.prompt_price, completion=endpoint.completion_price)


def spent_on(endpoint: ModelEndpoint) -> Decimal:
    """Return what was spent on an endpoint until now."""
    return ModelCall.objects.filter(endpoint=endpoint).aggregate(spent=Sum("cost"))["spent"] or Decimal(0)


class EndpointMeter:
    """Counts the requests of one endpoint into the database, and authorises none beyond its budget.

    What was authorised and not yet recorded counts as spent, so that requests under way cannot overdraw it.
    """

    def __init__(self, endpoint: ModelEndpoint, *, purpose: str) -> None:
        self._endpoint = endpoint
        self._purpose = purpose
        self._spent = spent_on(endpoint)
        self._under_way: list[Decimal] = []

    def authorise(self, *, endpoint: str, expected_cost: Decimal | None) -> None:
        """Return where the request may be made; raises BudgetSpentError."""
        budget = self._endpoint.budget
        expected = expected_cost or Decimal(0)
        if budget is not None and self._spent + sum(self._under_way) + expected > budget:
            raise BudgetSpentError(
                _("The budget of %(name)s is spent: %(spent)s of %(budget)s. Raise it, then resume.")
                % {"name": endpoint, "spent": f"{self._spent:.4f}", "budget": f"{budget:.4f}"}
            )
        self._under_way.append(expected)

    def release(self) -> None:
        """Forget one request that was authorised: it was answered, or it failed."""
        if self._under_way:
            self._under_way.pop()

    def record(self, usage: Usage) -> None:
        """Count a request that was answered."""
        self.release()
        self._spent += usage.cost or 0
        # The reply is not kept here: an answer is a Response, where a withdrawal reaches it.
        ModelCall.objects.update_or_create(
            endpoint=self._endpoint,
            request_hash=usage.request_hash,
            defaults={
                "project_id": self._endpoint.project_id,
                "purpose": self._purpose,
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "cost": usage.cost,
                "seconds": usage.seconds,
            },
        )
