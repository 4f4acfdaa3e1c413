"""Unleash's SDK, offline with one toggle in memory whose constraints say what our sampling rules say."""

import sdk
from UnleashClient import UnleashClient
from UnleashClient.cache import FileCache


def constraint(name, operator, value):
    """One constraint of the strategy; numbers travel as text, as Unleash keeps them."""
    listed = isinstance(value, list)
    return {
        "contextName": name,
        "operator": operator,
        "values": value if listed else [],
        "value": "" if listed else str(value),
        "inverted": False,
        "caseInsensitive": False,
    }


TOGGLES = {
    "version": 2,
    "features": [
        {
            "name": "ask",
            "type": "release",
            "enabled": True,
            "strategies": [
                {
                    "name": "flexibleRollout",
                    "parameters": {"rollout": "50", "stickiness": "userId", "groupId": "ask"},
                    "constraints": [
                        constraint("suppressed", "IN", ["false"]),
                        constraint("age_days", "NUM_LTE", 14),
                        constraint("renewal", "NOT_IN", ["true"]),
                        constraint("role", "IN", ["sales manager", "account manager", "owner", "sales"]),
                        constraint("open_case", "IN", ["false"]),
                        constraint("asked_days", "NUM_GTE", 30),
                        constraint("answered_days", "NUM_GTE", 60),
                        constraint("person_asks", "NUM_LT", 4),
                        constraint("company_asks", "NUM_LT", 5),
                    ],
                }
            ],
        }
    ],
}


def as_context(person):
    """A person as an Unleash context, made before anything is measured."""
    properties = {name: str(value).lower() if isinstance(value, bool) else value for name, value in person.items()}
    return {"userId": properties.pop("id"), "properties": {name: str(value) for name, value in properties.items()}}


def main():
    """Decide about people; nothing is fetched, registered or reported."""
    cache = FileCache("bench", directory=".")
    cache.bootstrap_from_dict(TOGGLES)
    client = UnleashClient(
        url="http://127.0.0.1:9/api",
        app_name="bench",
        disable_metrics=True,
        disable_registration=True,
        cache=cache,
    )
    client.initialize_client(fetch_toggles=False)
    sdk.serve(lambda context: client.is_enabled("ask", context), [as_context(person) for person in sdk.people()])
    client.destroy()


main()
