"""A Django project around django-survey-and-report, as its manual sets one up, on SQLite.

python django_site.py         makes the database in the working folder, with one survey of three questions
gunicorn django_site:application
"""

import os

from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="only for a benchmark on loopback",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="django_site",
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "survey",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.path.abspath("django.db"),
            # The same durability as the engine: WAL, every commit waits for the disk, writers take the lock at once.
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    },
    STATIC_URL="/static/",
    LANGUAGE_CODE="en",
    USE_TZ=True,
    LOGIN_URL="/accounts/login/",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    CHOICES_SEPARATOR=",",
    DEFAULT_SURVEY_PUBLISHING_DURATION=7,
    USER_DID_NOT_ANSWER="",
    EXCEL_COMPATIBLE_CSV=True,
    LOGGING_CONFIG=None,
)

from django.core.wsgi import get_wsgi_application  # noqa: E402 - Django must be configured first

application = get_wsgi_application()

from django.urls import include, path  # noqa: E402

urlpatterns = [
    path("survey/", include("survey.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
]


def make() -> None:
    """Make the tables, and a survey with the questions of the engine's starter: a score, a comment, a wish."""
    from django.core.management import call_command
    from survey.models import Question, Survey

    call_command("migrate", verbosity=0)
    survey = Survey.objects.create(
        name="Selling together",
        description="A person reads every answer.",
        need_logged_user=False,
        display_method=Survey.ALL_IN_ONE_PAGE,
    )
    scores = ",".join(map(str, range(11)))
    for order, (words, kind, choices, required) in enumerate(
        (
            ("How likely are you to recommend selling with us?", Question.RADIO, scores, True),
            ("What should we do differently?", Question.TEXT, None, False),
            ("Shall we call you?", Question.RADIO, "yes,no", False),
        )
    ):
        Question.objects.create(text=words, order=order, required=required, survey=survey, type=kind, choices=choices)


if __name__ == "__main__":
    make()
