"""WHAT TIME ASKS: tasks that a worker does at their time or when a rule asked for them. Each only calls a rule."""
