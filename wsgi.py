"""What web servers and the `flask` command load."""

from __future__ import annotations

from webapp.app import create_app
from webapp.config import Settings
from webapp.web.logs import configure_logs
from webapp.web.measure import install_measuring

settings = Settings()
configure_logs(settings.log_level)
app = create_app(settings)
if settings.milepost_bench:
    install_measuring(app)
