"""What web servers and the `flask` command load."""

from __future__ import annotations

from webapp.app import create_app
from webapp.config import Settings
from webapp.web.measure import install_measuring

settings = Settings()
app = create_app(settings)
if settings.milepost_bench:
    install_measuring(app)
