"""How an answer, or an occasion without one, becomes alerts and cases."""
