"""How long runs will take, and where they should run, from a server."""

from collections.abc import Mapping
from collections.abc import Sequence

from ledger.client.asker import Asker
from ledger.client.asker import named
from ledger.insight.advised import Predicted
from ledger.insight.advised import Recommended
from ledger.record.schema import Scalar


class Advising(Asker):
    """Predictions and recommendations."""

    def predict(
        self,
        job: str,
        *,
        nodes: int = 1,
        machine_type: str | None = None,
        cores_per_node: int | None = None,
        input_bytes: int | None = None,
        parameters: Mapping[str, Scalar] | None = None,
        traits: Mapping[str, Scalar] | None = None,
        only: str = "accepted",
        contributor: str | None = None,
    ) -> Predicted:
        """How long a run will take, how sure that is, and which records say so.

        Args:
            job: its name.
            nodes: its scale-out.
            machine_type: of its nodes; None: the one with most records.
            cores_per_node: of a node, where no record says how many the machine type has.
            input_bytes: size of its input.
            parameters: of the job.
            traits: properties of its input.
            only: ``accepted``, or ``any`` record.
            contributor: who will run it, whose runs are told from those of others.
        """
        query = _asked(input_bytes, parameters, traits, only, contributor)
        query["nodes"] = str(nodes)
        if cores_per_node is not None:
            query["cores_per_node"] = str(cores_per_node)
        if machine_type is not None:
            query["machine_type"] = machine_type
        return self._get(Predicted, f"/predict/{named(job)}", query)

    def recommend(
        self,
        job: str,
        *,
        input_bytes: int | None = None,
        parameters: Mapping[str, Scalar] | None = None,
        traits: Mapping[str, Scalar] | None = None,
        deadline_seconds: float | None = None,
        budget: float | None = None,
        confidence: float | None = None,
        prices: Mapping[str, str] | None = None,
        machine_types: Sequence[str] = (),
        nodes: Sequence[int] = (),
        only: str = "accepted",
        contributor: str | None = None,
    ) -> Recommended:
        """Where a run should run.

        Args:
            job: its name.
            input_bytes: size of its input.
            parameters: of the job.
            traits: properties of its input.
            deadline_seconds: when it has to be over.
            budget: what it may cost: US dollars with prices, else core-hours.
            confidence: probability with which both are kept.
            prices: by machine type, US dollars for an hour of one node.
            machine_types: those that may be chosen; none: all that the job ran on.
            nodes: scale-outs that may be chosen; none: those between which it ran.
            only: ``accepted``, or ``any`` record.
            contributor: who will run it, whose runs are told from those of others.
        """
        query = _asked(input_bytes, parameters, traits, only, contributor)
        limits = {"deadline": deadline_seconds, "budget": budget, "confidence": confidence}
        query |= {name: f"{value:f}" for name, value in limits.items() if value is not None}
        query["price"] = [f"{name}:{price}" for name, price in (prices or {}).items()]
        query["machine_type"] = list(machine_types)
        query["nodes"] = [str(count) for count in nodes]
        return self._get(Recommended, f"/recommend/{named(job)}", query)


def _asked(
    input_bytes: int | None,
    parameters: Mapping[str, Scalar] | None,
    traits: Mapping[str, Scalar] | None,
    only: str,
    contributor: str | None,
) -> dict[str, str | list[str]]:
    query: dict[str, str | list[str]] = {
        "parameter": [f"{name}={_text(value)}" for name, value in (parameters or {}).items()],
        "trait": [f"{name}={_text(value)}" for name, value in (traits or {}).items()],
        "only": only,
    }
    given = {"input_bytes": input_bytes, "contributor": contributor}
    return query | {name: str(value) for name, value in given.items() if value is not None}


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
