"""WHAT TIME ASKS: nothing yet. Reminders, expiry notices and mail come as tasks that call rules."""
