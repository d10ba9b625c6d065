"""check_metrics.py FILE: reads a page of metrics with Prometheus' own parser and prints what it means."""

import sys

from prometheus_client.parser import text_string_to_metric_families

names = set()
samples = set()
for family in text_string_to_metric_families(open(sys.argv[1], encoding="utf-8").read()):
    assert family.name not in names, f"{family.name} comes twice"
    names.add(family.name)
    assert family.documentation, f"{family.name} has no help"
    assert family.type in ("counter", "gauge"), f"{family.name} is of type {family.type}"
    assert family.samples, f"{family.name} has no sample"
    for sample in family.samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        assert key not in samples, f"{key} comes twice"
        samples.add(key)
        labels = " ".join(f"{name}={value!r}" for name, value in sample.labels.items())
        print(sample.name, labels, sample.value)
assert names, "the page is empty"
