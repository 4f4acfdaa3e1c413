"""GrowthBook's SDK with one feature in memory whose rule says what our sampling rules say; it records nothing."""

import sdk
from growthbook import GrowthBook

FEATURES = {
    "ask": {
        "defaultValue": False,
        "rules": [
            {
                "condition": {
                    "suppressed": False,
                    "age_days": {"$lte": 14},
                    "renewal": {"$ne": True},
                    "role": {"$in": ["sales manager", "account manager", "owner", "sales"]},
                    "open_case": False,
                    "asked_days": {"$gte": 30},
                    "answered_days": {"$gte": 60},
                    "person_asks": {"$lt": 4},
                    "company_asks": {"$lt": 5},
                },
                "coverage": 0.5,
                "hashAttribute": "id",
                "force": True,
            }
        ],
    }
}


def main():
    """Decide about people; one instance is kept, only its attributes change."""
    book = GrowthBook(features=FEATURES)

    def decide(person):
        book.set_attributes(person)
        return book.is_on("ask")

    sdk.serve(decide, sdk.people())


main()
