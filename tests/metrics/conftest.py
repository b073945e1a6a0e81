"""A long run of the fuzzed readers: pytest tests/metrics/test_metrics_fuzz.py --hypothesis-profile=long."""

from hypothesis import HealthCheck, settings

CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

settings.register_profile("long", max_examples=20_000, deadline=None, suppress_health_check=CHECKS)
settings.register_profile("short", max_examples=25, deadline=None, suppress_health_check=CHECKS, derandomize=True)
