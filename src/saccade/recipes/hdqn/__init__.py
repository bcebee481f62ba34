"""h-DQN: goals above actions."""
