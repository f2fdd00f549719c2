"""Every module that defines tables; importing this one makes the metadata complete."""

from __future__ import annotations

from webapp.accounts import models as accounts
from webapp.exports import models as exports
from webapp.jobs import models as jobs
from webapp.planner import models as planner
from webapp.rollups import models as rollups
from webapp.schools import models as schools
from webapp.xp import models as xp

MODULES = (accounts, exports, jobs, planner, rollups, schools, xp)
