"""What an author should look at again before he publishes. It changes nothing."""
