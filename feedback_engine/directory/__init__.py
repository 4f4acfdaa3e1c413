"""The directory: partners and their people, our staff, who owns whom and since when, consent, and sign-in."""
