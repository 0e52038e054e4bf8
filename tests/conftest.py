"""What tests of every kind share."""

from hypothesis import HealthCheck, settings

# The same examples on every machine and every day; time is the test run's concern, not an example's.
settings.register_profile(
    "csae", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("csae")
