"""DQN: deep Q-learning from pixels."""
