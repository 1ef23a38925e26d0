"""How often somebody's word was also the quorum's, and how sure that is."""

import math

from pydantic import Field

from ledger.index.views import View

Z = 1.959963984540054
"""The normal distribution's 97.5th percentile, for intervals of 95 %."""


class Reputation(View):
    """A share of what quorums decided, with Wilson's interval.

    Of a contributor: records that were accepted, out of those accepted, rejected or disputed. Of a
    validator: verdicts that are also the quorum's, out of those on records whose quorum is reached.
    Nothing else goes into it: neither time nor bond, nor who the others are.
    """

    agreed: int
    decided: int
    share: float | None = Field(description="`agreed` over `decided`; None: nothing is decided.")
    low: float | None = Field(description="Lower end of the 95 % interval.")
    high: float | None


def reputation(agreed: int, decided: int) -> Reputation:
    """The share of what was decided that was agreed.

    Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference"
    (1927), the score interval without continuity correction.
    """
    if not decided:
        return Reputation(agreed=agreed, decided=decided, share=None, low=None, high=None)
    share = agreed / decided
    weight = Z * Z / decided
    centre = (share + weight / 2) / (1 + weight)
    half = Z / (1 + weight) * math.sqrt(share * (1 - share) / decided + weight / (4 * decided))
    return Reputation(
        agreed=agreed,
        decided=decided,
        share=share,
        low=max(0.0, centre - half),
        high=min(1.0, centre + half),
    )
