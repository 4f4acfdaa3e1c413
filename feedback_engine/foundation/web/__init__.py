"""The web kit: access rules, errors, security headers, navigation and the parts every page is built from."""
