"""Every module that defines tables; importing this one makes the metadata complete."""

from __future__ import annotations

from webapp.accounts import models as accounts
from webapp.accounts.school_sign_in import models as school_sign_in
from webapp.accounts.second_factor import models as second_factor
from webapp.activity import models as activity
from webapp.at_risk import models as at_risk
from webapp.audit import models as audit
from webapp.classes import models as classes
from webapp.compliance import models as compliance
from webapp.events import models as events
from webapp.exports import models as exports
from webapp.flags import models as flags
from webapp.goals import models as goals
from webapp.health import models as health
from webapp.imports import models as imports
from webapp.imports.rosters import models as rosters
from webapp.jobs import models as jobs
from webapp.learning import models as learning
from webapp.mail import models as mail
from webapp.overview import models as overview
from webapp.planner import models as planner
from webapp.reminders import models as reminders
from webapp.reports import models as reports
from webapp.rest import models as rest
from webapp.rollups import models as rollups
from webapp.schools import models as schools
from webapp.xp import models as xp

MODULES = (
    accounts,
    activity,
    audit,
    at_risk,
    classes,
    compliance,
    events,
    exports,
    flags,
    goals,
    health,
    imports,
    jobs,
    learning,
    mail,
    overview,
    planner,
    reminders,
    reports,
    rest,
    rollups,
    rosters,
    school_sign_in,
    schools,
    second_factor,
    xp,
)
