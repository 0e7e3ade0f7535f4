"""Service level indicators, budgets, burn rates and alert rules."""
