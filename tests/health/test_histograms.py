"""Buckets, percentiles and their merging, against the values themselves."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.histograms import ERROR, LARGEST, as_json, bounds_of, bucket_of, merged, of_json, percentile

values = st.lists(st.integers(min_value=0, max_value=LARGEST), min_size=1, max_size=300)


def counted(numbers):
    return merged({bucket_of(number): 1} for number in numbers)


def exact(numbers, percent):
    return sorted(numbers)[max(1, math.ceil(len(numbers) * percent / 100)) - 1]


@given(st.integers(min_value=0, max_value=LARGEST))
def test_a_value_lies_in_its_bucket_and_buckets_follow_each_other(value):
    bucket = bucket_of(value)
    first, last = bounds_of(bucket)
    assert first <= value <= last
    assert bounds_of(bucket + 1)[0] == last + 1


@given(values, st.sampled_from([1, 50, 90, 95, 99, 100]))
def test_a_percentile_is_as_near_to_the_exact_one_as_it_says(numbers, percent):
    wanted = exact(numbers, percent)
    assert abs(percentile(counted(numbers), percent) - wanted) <= wanted * ERROR


@given(st.lists(values, min_size=1, max_size=6))
def test_what_is_merged_is_what_the_whole_gives(parts):
    whole = counted([number for part in parts for number in part])
    assert merged(of_json(as_json(counted(part))) for part in parts) == whole


@pytest.mark.parametrize("percent", [50, 95, 99])
def test_on_times_as_they_are(percent):
    numbers = [int(random.Random(seed).lognormvariate(8, 1.5)) for seed in range(5000)]
    found, wanted = percentile(counted(numbers), percent), exact(numbers, percent)
    assert found == pytest.approx(wanted, rel=ERROR)


def test_nothing_has_no_percentile():
    assert percentile({}, 95) is None
