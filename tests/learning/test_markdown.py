"""What teachers type as Markdown, as it reads on a page that has a title of its own."""

from __future__ import annotations

import re

import pytest

from webapp.learning.markdown import rendered


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("# A\n\n## B", "23"),
        ("## A\n\n# B", "22"),
        ("### A\n\n### B\n\n##### C\n\n## D", "2232"),
        ("# A\n\n### B\n\n## C\n\n#### D\n\n# E", "23342"),
        ("# 1\n\n## 2\n\n### 3\n\n#### 4\n\n##### 5\n\n###### 6", "234566"),
        ("A\n=\n\n> # B\n\n- ## C", "223"),
    ],
)
def test_no_heading_is_more_than_a_step_below_the_one_before(typed, shown):
    assert "".join(re.findall(r"<h(\d)>", rendered(typed))) == shown
