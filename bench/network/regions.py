"""Six regions of the world, and how far apart they are."""

from bench.network.paths import Conditions

REGIONS = ("us-east", "us-west", "europe", "brazil", "japan", "australia")

WITHIN_MS = 1.0
"""Round trip between two hosts of one region."""

BETWEEN_MS = {
    ("us-east", "us-west"): 65.0,
    ("us-east", "europe"): 90.0,
    ("us-east", "brazil"): 115.0,
    ("us-east", "japan"): 155.0,
    ("us-east", "australia"): 200.0,
    ("us-west", "europe"): 145.0,
    ("us-west", "brazil"): 175.0,
    ("us-west", "japan"): 105.0,
    ("us-west", "australia"): 140.0,
    ("europe", "brazil"): 205.0,
    ("europe", "japan"): 225.0,
    ("europe", "australia"): 285.0,
    ("brazil", "japan"): 260.0,
    ("brazil", "australia"): 320.0,
    ("japan", "australia"): 105.0,
}
"""Round trips in milliseconds: of the size that public clouds show between such regions."""


def round_trip_ms(one: str, other: str) -> float:
    """Milliseconds there and back.

    Raises:
        KeyError: a region that is not there.
    """
    if one == other and one in REGIONS:
        return WITHIN_MS
    return BETWEEN_MS[one, other] if (one, other) in BETWEEN_MS else BETWEEN_MS[other, one]


def conditions(one: str, other: str, loss: float = 0.0, jitter: float = 0.0) -> Conditions:
    """One direction between two regions: half of the round trip.

    Args:
        one: where it begins.
        other: where it ends.
        loss: share of packets lost, in this direction.
        jitter: as a share of the delay.
    """
    delay = round_trip_ms(one, other) / 2_000
    return Conditions(delay, delay * jitter, loss)


def matrix(loss: float = 0.0, jitter: float = 0.0) -> dict[tuple[str, str], Conditions]:
    """Every direction between regions, and within them."""
    return {
        (one, other): conditions(one, other, loss, jitter) for one in REGIONS for other in REGIONS
    }
