"""What asking models cost: every request is counted, and a budget is a hard stop."""

from decimal import Decimal

from django.db import transaction
from django.db.models import DecimalField, F, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.models import ModelCall, ModelEndpoint
from language_models.chat.asking import Price
from language_models.protocols import BudgetSpentError, Usage

NOTHING = Value(Decimal(0), output_field=DecimalField())


def price_of(endpoint: ModelEndpoint) -> Price:
    """Return what the endpoint's tokens cost."""
    return Price(prompt=endpoint.prompt_price, completion=endpoint.completion_price)


class EndpointMeter:
    """Counts the requests of one endpoint into the database, and authorises none beyond its budget.

    What is under way is set aside in the database too, so that several jobs together cannot overdraw it.
    """

    def __init__(self, endpoint: ModelEndpoint, *, purpose: str) -> None:
        self._endpoint = endpoint
        self._purpose = purpose

    @transaction.atomic
    def authorise(self, request_hash: str, *, expected_cost: Decimal | None) -> None:
        """Set aside what a request may cost; raises BudgetSpentError where the endpoint may not be asked any more."""
        endpoint = ModelEndpoint.objects.select_for_update(of=("self",)).get(pk=self._endpoint.pk)
        expected = expected_cost or Decimal(0)
        if endpoint.archived_at is not None:
            raise BudgetSpentError(_("The endpoint %(name)s is not used any more.") % {"name": endpoint.name})
        if endpoint.budget is not None:
            self._require_room(endpoint, expected, request_hash)
        call = ModelCall(
            project_id=endpoint.project_id,
            endpoint=endpoint,
            request_hash=request_hash,
            purpose=self._purpose,
            reserved=expected,
        )
        ModelCall.objects.bulk_create(
            [call],
            update_conflicts=True,
            unique_fields=["endpoint", "request_hash"],
            update_fields=["reserved"],
        )

    def _require_room(self, endpoint: ModelEndpoint, expected: Decimal, request_hash: str) -> None:
        # The same request may have been set aside by a worker that died: it is asked once more, not twice.
        under_way = ModelCall.objects.filter(endpoint=endpoint, reserved__gt=0).exclude(
            request_hash=request_hash
        )
        reserved = under_way.aggregate(sum=Sum("reserved"))["sum"] or Decimal(0)
        if endpoint.spent + reserved + expected > (endpoint.budget or 0):
            said = {
                "name": endpoint.name,
                "spent": f"{endpoint.spent:.4f}",
                "budget": f"{endpoint.budget:.4f}",
            }
            sentence = _("The budget of %(name)s is spent: %(spent)s of %(budget)s. Raise it, then resume.")
            if reserved:
                sentence = _(
                    "The budget of %(name)s is spent: %(spent)s of %(budget)s, and %(reserved)s is set aside for "
                    "requests under way. Raise it, then resume."
                )
                said["reserved"] = f"{reserved:.4f}"
            raise BudgetSpentError(sentence % said)

    @transaction.atomic
    def release(self, request_hash: str) -> None:
        """Forget what was set aside for a request that failed."""
        calls = ModelCall.objects.filter(endpoint=self._endpoint, request_hash=request_hash)
        calls.filter(answered_at__isnull=True).delete()
        calls.update(reserved=0)

    @transaction.atomic
    def record(self, usage: Usage) -> None:
        """Count a request that was answered, and no longer set anything aside for it."""
        cost = usage.cost or Decimal(0)
        ModelEndpoint.objects.filter(pk=self._endpoint.pk).update(spent=F("spent") + cost)
        call, _made = ModelCall.objects.get_or_create(
            endpoint=self._endpoint,
            request_hash=usage.request_hash,
            defaults={"project_id": self._endpoint.project_id, "purpose": self._purpose},
        )
        ModelCall.objects.filter(pk=call.pk).update(
            purpose=self._purpose,
            prompt_tokens=F("prompt_tokens") + usage.prompt_tokens,
            completion_tokens=F("completion_tokens") + usage.completion_tokens,
            cost=None if usage.cost is None else Coalesce("cost", NOTHING) + cost,
            seconds=F("seconds") + usage.seconds,
            reserved=0,
            answered_at=timezone.now(),
        )
