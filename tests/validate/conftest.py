from hypothesis import HealthCheck
from hypothesis import settings

# How long an example takes says something about the machine, not about the code.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")
